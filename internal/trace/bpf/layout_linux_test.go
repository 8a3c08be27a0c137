package bpf

import (
	"bytes"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

// The object describes its structures. They must be where Decode looks.
func TestLayoutsAreThoseOfTheObject(t *testing.T) {
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int{
		"head": headBytes, "birth": recordBytes[Birth], "exec": recordBytes[Exec], "exit": recordBytes[Exit],
		"move": recordBytes[Move], "member": recordBytes[Member], "amounts": amountsBytes, "totals": totalsBytes,
	} {
		if got := int(structure(t, spec, name).Size); got != size {
			t.Errorf("%s has %d bytes, not %d", name, got, size)
		}
		if size%8 != 0 {
			t.Errorf("%s: Drain takes lengths for what they are in the ring, which are multiples of 8", name)
		}
	}
	for name, offsets := range map[string]map[string]int{
		"head": {
			"kind": 0, "marks": 2, "pid": 4, "time": 8, "start": 16, "group": 24, "watched": 32, "lost": 40,
			"parent": 48, "census": 52, "counted": 56, "comm": 64,
		},
		"exec":   {"path_bytes": headBytes, "args_bytes": headBytes + 2, "path": execPath, "args": execArgs},
		"exit":   {"status": headBytes, "amounts": exitAmounts},
		"move":   {"from": headBytes, "from_watched": headBytes + 8},
		"member": {"target": headBytes},
		"amounts": {
			"user": 0, "system": 8, "minor_faults": 16, "major_faults": 24, "read_chars": 32, "write_chars": 40,
			"read_calls": 48, "write_calls": 56, "read_bytes": 64, "write_bytes": 72, "peak_memory": 80, "peak_space": 88,
		},
		"totals": {
			"births": 0, "joins": 8, "exits": 16, "leaves": 24, "active": 32, "peak_active": 40, "lost_births": 48,
			"lost_execs": 56, "lost_exits": 64, "lost_moves": 72, "peak_memory_at_most": 80, "partial": 88, "dead": totalsDead,
		},
	} {
		found := map[string]int{}
		for _, member := range structure(t, spec, name).Members {
			found[member.Name] = int(member.Offset.Bytes())
		}
		for member, want := range offsets {
			if got, there := found[member]; !there || got != want {
				t.Errorf("%s.%s is at %d, not at %d", name, member, got, want)
			}
		}
	}
}

func structure(t *testing.T, spec *ebpf.CollectionSpec, name string) *btf.Struct {
	t.Helper()
	var found *btf.Struct
	if err := spec.Types.TypeByName(name, &found); err != nil {
		t.Fatalf("the object has no structure %s: %v", name, err)
	}
	return found
}

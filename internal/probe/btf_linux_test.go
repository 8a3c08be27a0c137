package probe

import (
	"encoding/binary"
	"errors"
	"os"
	"testing"
)

// btfType is one type to write; extra is what its kind has behind it.
type btfType struct {
	kind, members uint32
	name          string
	extra         int
}

func writeBTF(types ...btfType) []byte {
	order := binary.NativeEndian
	names, body := []byte{0}, []byte{}
	for _, ty := range types {
		body = order.AppendUint32(body, uint32(len(names)))
		body = order.AppendUint32(body, ty.kind<<24|ty.members)
		body = order.AppendUint32(body, 0)
		body = append(body, make([]byte, ty.extra)...)
		names = append(append(names, ty.name...), 0)
	}
	out := order.AppendUint16(nil, btfMagic)
	out = append(out, 1, 0)
	for _, word := range []int{btfHeaderSize, 0, len(body), len(body), len(names)} {
		out = order.AppendUint32(out, uint32(word))
	}
	return append(append(out, body...), names...)
}

func TestTypesAreFoundByKindAndName(t *testing.T) {
	const structKind, funcProto, integer = 4, 13, 1
	data := writeBTF(
		btfType{kind: integer, name: "int", extra: 4},
		btfType{kind: structKind, members: 2, name: "hook", extra: 24}, // the name alone is not enough
		btfType{kind: funcProto, members: 3, extra: 24},
		btfType{kind: btfKindFunc, name: "hook_too"}, // nor is its beginning
		btfType{kind: btfKindFunc, name: "hook"},
		btfType{kind: btfKindTypedef, name: "last"},
	)
	hook, last, absent := btfTarget{btfKindFunc, "hook"}, btfTarget{btfKindTypedef, "last"}, btfTarget{btfKindFunc, "absent"}

	found, err := findInBTF(data, hook, last, absent)
	if err != nil {
		t.Fatal(err)
	}
	if found[hook] != 5 || found[last] != 6 {
		t.Errorf("found %v, want numbers 5 and 6", found)
	}
	if id, ok := found[absent]; ok {
		t.Errorf("found %s as %d", absent.name, id)
	}
}

func TestCutBTFIsAnError(t *testing.T) {
	whole := writeBTF(btfType{kind: btfKindFunc, name: "f"}, btfType{kind: 4, members: 9, extra: 9 * 12})
	for size := range whole {
		if _, err := findInBTF(whole[:size], btfTarget{btfKindFunc, "absent"}); !errors.Is(err, errBadBTF) {
			t.Fatalf("cut to %d of %d bytes: error is %v", size, len(whole), err)
		}
	}
}

func FuzzBTFNeverPanics(f *testing.F) {
	f.Add(writeBTF(btfType{kind: btfKindFunc, name: "f"}))
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = findInBTF(data, btfTarget{btfKindFunc, "f"}, btfTarget{btfKindTypedef, "absent"})
	})
}

func TestRunningKernelDescribesItsTracepoints(t *testing.T) {
	found, err := readKernelBTF(btfExitTracepoint)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if found[btfExitTracepoint] == 0 {
		t.Errorf("%s is not among the kernel's types", btfExitTracepoint.name)
	}
}

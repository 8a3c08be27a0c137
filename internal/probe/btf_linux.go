package probe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// kernelBTF is the kernel's description of its own types. A tracing program
// names what it attaches to by its number in there.
const kernelBTF = "/sys/kernel/btf/vmlinux"

// The kinds of type that matter by name here, and how much follows the fixed
// part of the others (include/uapi/linux/btf.h). Kinds not listed have nothing
// behind them.
const (
	btfKindTypedef = 8
	btfKindFunc    = 12
)

var (
	btfFixedTail = map[uint32]int{1: 4, 3: 12, 14: 4, 17: 4}
	// per member: struct, union, enum, function prototype, data section, 64-bit enum
	btfMemberTail = map[uint32]int{4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
)

const (
	btfMagic      = 0xeB9F
	btfHeaderSize = 24
	btfTypeSize   = 12
	btfLastKind   = 19
)

var errBadBTF = errors.New("malformed BTF")

// btfTarget is a type looked for by name.
type btfTarget struct {
	kind uint32
	name string
}

// readKernelBTF returns the numbers of the targets that the running kernel has.
func readKernelBTF(targets ...btfTarget) (map[btfTarget]uint32, error) {
	data, err := os.ReadFile(kernelBTF)
	if err != nil {
		return nil, err
	}
	found, err := findInBTF(data, targets...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kernelBTF, err)
	}
	return found, nil
}

// findInBTF walks the types once. A full parse takes forty times as long, and
// nothing here wants to know what the types are.
func findInBTF(data []byte, targets ...btfTarget) (map[btfTarget]uint32, error) {
	order := binary.NativeEndian
	if len(data) < btfHeaderSize || order.Uint16(data) != btfMagic {
		return nil, errBadBTF
	}
	headerSize := uint64(order.Uint32(data[4:]))
	types, typesOK := section(data, headerSize+uint64(order.Uint32(data[8:])), uint64(order.Uint32(data[12:])))
	names, namesOK := section(data, headerSize+uint64(order.Uint32(data[16:])), uint64(order.Uint32(data[20:])))
	if !typesOK || !namesOK {
		return nil, errBadBTF
	}

	found := map[btfTarget]uint32{}
	for id := uint32(1); len(types) > 0 && len(found) < len(targets); id++ { // 0 is void
		if len(types) < btfTypeSize {
			return nil, errBadBTF
		}
		info := order.Uint32(types[4:])
		kind, members := info>>24&0x1f, int(info&0xffff)
		if kind > btfLastKind {
			return nil, fmt.Errorf("%w: type kind %d", errBadBTF, kind)
		}
		for _, t := range targets {
			if t.kind == kind && nameAt(names, order.Uint32(types), t.name) {
				found[t] = id
			}
		}
		size := btfTypeSize + btfFixedTail[kind] + members*btfMemberTail[kind]
		if len(types) < size {
			return nil, errBadBTF
		}
		types = types[size:]
	}
	return found, nil
}

func section(data []byte, start, length uint64) ([]byte, bool) {
	if start+length > uint64(len(data)) {
		return nil, false
	}
	return data[start : start+length], true
}

func nameAt(names []byte, offset uint32, want string) bool {
	if uint64(offset)+uint64(len(want)) >= uint64(len(names)) {
		return false
	}
	at := names[offset:]
	return at[len(want)] == 0 && bytes.Equal(at[:len(want)], []byte(want))
}

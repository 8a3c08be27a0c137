package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Kind says what a record tells.
type Kind uint16

// The kinds, as in records.h.
const (
	Birth Kind = iota + 1
	Exec
	Exit
	Move
	Member // found by a census
)

// Marks are what is to be said about a record beside its contents.
type Marks uint16

// The marks, as in records.h.
const (
	PeakAtMost   Marks = 1 << iota // the peak of memory may be a parent's
	UsageAtLeast                   // not all threads were counted
	PathCut
	ArgsCut
)

// Record is one record of any kind. Those that Decode fills in share the memory
// they were decoded from.
type Record struct {
	Kind    Kind
	Marks   Marks
	PID     uint32 // as this process sees it; 0 if it does not
	Parent  uint32 // of a birth who forked it, else the parent it has now
	Time    uint64 // nanoseconds since the machine has started, as Start
	Start   uint64 // with the pid it identifies a process
	Group   uint64 // where the process is
	Watched uint64 // the nearest watched group, 0 if it has left them all
	Counted uint32 // in how many watched groups
	Lost    uint64 // how many records were lost before this one
	Comm    []byte

	Path []byte // of an exec
	Args []byte // each ends with a NUL

	Status  uint32  // of an exit, as wait(2) gives it
	Amounts Amounts // of an exit

	From        uint64 // of a move; 0 if it has come from no watched group
	FromWatched uint64

	Census uint32 // of a member, which census found it
	Target uint64 // and in which group
}

// Amounts is what a process has used in its life.
type Amounts struct {
	User, System             uint64 // nanoseconds
	MinorFaults, MajorFaults uint64
	ReadChars, WriteChars    uint64
	ReadCalls, WriteCalls    uint64
	ReadBytes, WriteBytes    uint64 // that reached a device
	PeakMemory, PeakSpace    uint64 // bytes resident, and of address space
}

// How long the parts of a record are, and where the parts begin that the head
// has before them.
const (
	headBytes    = 80
	pathBytes    = 128
	argsBytes    = 256
	amountsBytes = 12 * 8
	execPath     = headBytes + 8
	execArgs     = execPath + pathBytes
	exitAmounts  = headBytes + 8
)

// recordBytes is how long a record of each kind is.
var recordBytes = [...]int{
	Birth:  headBytes,
	Exec:   execArgs + argsBytes,
	Exit:   exitAmounts + amountsBytes,
	Move:   headBytes + 16,
	Member: headBytes + 8,
}

// ErrMalformed is of bytes that are no record.
var ErrMalformed = errors.New("malformed record")

// Decode reads a record as the programs write it.
func Decode(raw []byte, r *Record) error {
	if len(raw) < headBytes {
		return fmt.Errorf("%w: %d bytes", ErrMalformed, len(raw))
	}
	kind := Kind(binary.LittleEndian.Uint16(raw))
	if kind < Birth || kind > Member || len(raw) != recordBytes[kind] {
		return fmt.Errorf("%w: kind %d in %d bytes", ErrMalformed, kind, len(raw))
	}
	decodeHead(raw, r)
	switch kind {
	case Exec:
		return decodeExec(raw, r)
	case Exit:
		r.Status = u32(raw, headBytes)
		decodeAmounts(raw[exitAmounts:], &r.Amounts)
	case Move:
		r.From, r.FromWatched = u64(raw, headBytes), u64(raw, headBytes+8)
	case Member:
		r.Target = u64(raw, headBytes)
	}
	return nil
}

func decodeHead(raw []byte, r *Record) {
	r.Kind = Kind(binary.LittleEndian.Uint16(raw))
	r.Marks = Marks(binary.LittleEndian.Uint16(raw[2:]))
	r.PID = u32(raw, 4)
	r.Time, r.Start = u64(raw, 8), u64(raw, 16)
	r.Group, r.Watched = u64(raw, 24), u64(raw, 32)
	r.Lost = u64(raw, 40)
	r.Parent, r.Census = u32(raw, 48), u32(raw, 52)
	r.Counted = u32(raw, 56)
	r.Comm = untilNUL(raw[64:80])
}

func decodeExec(raw []byte, r *Record) error {
	path, args := binary.LittleEndian.Uint16(raw[headBytes:]), binary.LittleEndian.Uint16(raw[headBytes+2:])
	if path > pathBytes || args > argsBytes {
		return fmt.Errorf("%w: %d bytes of path and %d of arguments", ErrMalformed, path, args)
	}
	r.Path = raw[execPath : execPath+int(path)]
	r.Args = raw[execArgs : execArgs+int(args)]
	return nil
}

// decodeAmounts reads what both a record of an exit and totals have.
func decodeAmounts(raw []byte, a *Amounts) {
	_ = raw[amountsBytes-1]
	a.User, a.System = u64(raw, 0), u64(raw, 8)
	a.MinorFaults, a.MajorFaults = u64(raw, 16), u64(raw, 24)
	a.ReadChars, a.WriteChars = u64(raw, 32), u64(raw, 40)
	a.ReadCalls, a.WriteCalls = u64(raw, 48), u64(raw, 56)
	a.ReadBytes, a.WriteBytes = u64(raw, 64), u64(raw, 72)
	a.PeakMemory, a.PeakSpace = u64(raw, 80), u64(raw, 88)
}

func u32(raw []byte, at int) uint32 { return binary.LittleEndian.Uint32(raw[at:]) }
func u64(raw []byte, at int) uint64 { return binary.LittleEndian.Uint64(raw[at:]) }

func untilNUL(text []byte) []byte {
	for i, c := range text {
		if c == 0 {
			return text[:i]
		}
	}
	return text
}

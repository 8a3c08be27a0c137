package bpf

import (
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// control is the programs' variables, in memory shared with them.
type control struct {
	memory                   []byte
	reader                   *uint32
	lost, untracked          *uint64
	ending                   *uint64
	era                      *uint32
	running                  *[2]uint32
	censusTarget, censusLost *uint64
	censusNumber             *uint32
	passGroup, passNumber    *uint64
	passInside, passOutside  *uint64
	living, doubled          []byte // amounts
	livingPeakAtMost         *uint64
	livingPartial            *uint64
	exitsBegun, exitsDone    *uint64
	moves                    *uint64
}

// The variables are in one map; where, the object says.
const variables = ".bss"

func mapControl(spec *ebpf.CollectionSpec, loaded *ebpf.Collection) (*control, error) {
	memory, err := unix.Mmap(loaded.Maps[variables].FD(), 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the variables of the eBPF programs: %w", os.NewSyscallError("mmap", err))
	}
	at := func(name string) unsafe.Pointer { return unsafe.Pointer(&memory[spec.Variables[name].Offset]) }
	amounts := func(name string) []byte {
		offset := spec.Variables[name].Offset
		return memory[offset : offset+amountsBytes]
	}
	return &control{
		memory:       memory,
		reader:       (*uint32)(at("reader")),
		lost:         (*uint64)(at("lost")),
		untracked:    (*uint64)(at("untracked")),
		ending:       (*uint64)(at("ending")),
		era:          (*uint32)(at("era")),
		running:      (*[2]uint32)(at("running")),
		censusTarget: (*uint64)(at("census_target")),
		censusLost:   (*uint64)(at("census_lost")),
		censusNumber: (*uint32)(at("census_number")),

		passGroup: (*uint64)(at("pass_group")), passNumber: (*uint64)(at("pass_number")),
		passInside: (*uint64)(at("pass_inside")), passOutside: (*uint64)(at("pass_outside")),
		living: amounts("living"), doubled: amounts("doubled"),
		livingPeakAtMost: (*uint64)(at("living_peak_at_most")), livingPartial: (*uint64)(at("living_partial")),
		exitsBegun: (*uint64)(at("exits_begun")), exitsDone: (*uint64)(at("exits_done")),
		moves: (*uint64)(at("moves")),
	}, nil
}

func (c *control) unmap() error {
	return os.NewSyscallError("munmap", unix.Munmap(c.memory))
}

// Lost is the number of records that found no room in the ring so far.
func (p *Programs) Lost() uint64 { return atomic.LoadUint64(p.control.lost) }

// Untracked is the number of processes for which the kernel had no memory. That
// they have left a group by being moved is not seen, everything else is.
func (p *Programs) Untracked() uint64 { return atomic.LoadUint64(p.control.untracked) }

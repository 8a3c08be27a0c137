package bpf

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/ringbuf"
	"golang.org/x/sys/unix"
)

//go:embed trace.bpf.o
var object []byte

// Options are for tests; the zero value is what everybody else wants.
type Options struct {
	RingBytes uint32 // a power of two and of pages
}

// Programs are the loaded programs with their maps. Watching and counting may
// be done by several goroutines, reading by one.
type Programs struct {
	collection *ebpf.Collection
	watched    *ebpf.Map
	control    *control
	attached   []attachment
	census     attachment
	pass       attachment
	passing    sync.Mutex // one pass at a time
	eras       sync.Mutex
	ring       *ringbuf.Reader
	sample     ringbuf.Record
	record     Record
}

// Load loads the programs and attaches them. Nothing comes before a group is
// watched.
func Load(o Options) (_ *Programs, err error) {
	if err := mayLoad(); err != nil {
		return nil, err
	}
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
	if err != nil {
		return nil, fmt.Errorf("read the eBPF object: %w", err)
	}
	types, err := btf.LoadKernelSpec()
	if err != nil {
		return nil, fmt.Errorf("read the kernel's types: %w", err)
	}
	if err := adapt(spec, types, o); err != nil {
		return nil, err
	}
	p := &Programs{}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	options := ebpf.CollectionOptions{Programs: ebpf.ProgramOptions{KernelTypes: types}}
	p.collection, err = ebpf.NewCollectionWithOptions(spec, options)
	if err != nil && spec.Programs[dispensable] != nil {
		delete(spec.Programs, dispensable)
		p.collection, err = ebpf.NewCollectionWithOptions(spec, options)
	}
	if err != nil {
		return nil, fmt.Errorf("load eBPF programs: %w", err)
	}
	p.watched = p.collection.Maps["watched"]
	if p.control, err = mapControl(spec, p.collection); err != nil {
		return nil, err
	}
	if p.ring, err = ringbuf.NewReader(p.collection.Maps["ring"]); err != nil {
		return nil, fmt.Errorf("map the ring buffer: %w", err)
	}
	return p, p.attach()
}

// mayLoad tries the cheapest thing that is refused to whoever may not trace. To
// read the kernel's types first would take a thousand times as long.
func mayLoad() error {
	ring, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.RingBuf, MaxEntries: uint32(os.Getpagesize())})
	if errors.Is(err, unix.EPERM) {
		return fmt.Errorf("make a ring buffer: %w", unix.EPERM) // the limit on locked memory has no say since Linux 5.11
	}
	if err != nil {
		return fmt.Errorf("make a ring buffer: %w", err)
	}
	return ring.Close()
}

func (p *Programs) attach() error {
	for name, program := range p.collection.Programs {
		how := attach
		if name == censusProgram || name == passProgram {
			how = attachToAll
		}
		attached, err := how(program)
		if err != nil && name == dispensable {
			continue
		}
		if err != nil {
			return fmt.Errorf("attach eBPF program %s: %w", name, err)
		}
		p.attached = append(p.attached, attached)
		switch name {
		case censusProgram:
			p.census = attached
		case passProgram:
			p.pass = attached
		}
	}
	return nil
}

// Close takes the programs out of the kernel. Nobody may read any more.
func (p *Programs) Close() error {
	var errs []error
	for _, attached := range p.attached {
		errs = append(errs, attached.close())
	}
	if p.ring != nil {
		errs = append(errs, p.ring.Close())
	}
	if p.control != nil {
		errs = append(errs, p.control.unmap())
	}
	if p.collection != nil {
		p.collection.Close()
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("unload eBPF programs: %w", err)
	}
	return nil
}

// Names are those of the programs, as far as the kernel needs them all.
func Names() []string {
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(spec.Programs))
}

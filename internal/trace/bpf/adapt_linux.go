package bpf

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"
)

// The programs that go through all processes when they are asked to.
const (
	censusProgram = "on_census"
	passProgram   = "on_pass"
)

// dispensable is attached to a function. Where the kernel refuses that, as one that is
// locked down does, some peaks of memory are not known.
const dispensable = "on_last_breath"

// adapt fits the object to the running kernel: what types cannot tell by
// themselves.
func adapt(spec *ebpf.CollectionSpec, types *btf.Spec, o Options) error {
	saysLast, err := exitSaysLastThread(types)
	if err != nil {
		return err
	}
	if saysLast {
		delete(spec.Programs, "on_thread_exit")
		delete(spec.Programs, "on_space_end")
		delete(spec.Programs, dispensable)
		spec.Maps["ended"].MaxEntries = 1
	} else {
		delete(spec.Programs, "on_exit")
		// Without its tracepoint only the peak of address space is not known.
		if _, err := types.AnyTypeByName("btf_trace_exit_mmap"); err != nil {
			delete(spec.Programs, "on_space_end")
		}
	}

	if o.RingBytes != 0 {
		spec.Maps["ring"].MaxEntries = o.RingBytes
	}
	spec.Maps["processes"].MaxEntries = mostProcesses()
	processors, err := ebpf.PossibleCPU()
	if err != nil {
		return fmt.Errorf("count processors: %w", err)
	}
	spec.Maps["clocks"].MaxEntries = uint32(processors)

	return setConstants(spec)
}

// exitSaysLastThread tells whether the tracepoint has a third argument (after
// one that no program sees): that since Linux 6.16 it is called before the
// memory is given back, and says which thread of the process is the last.
func exitSaysLastThread(types *btf.Spec) (bool, error) {
	var handler *btf.Typedef
	if err := types.TypeByName("btf_trace_sched_process_exit", &handler); err != nil {
		return false, fmt.Errorf("find tracepoint sched_process_exit: %w", err)
	}
	pointer, ok := handler.Type.(*btf.Pointer)
	if !ok {
		return false, errors.New("tracepoint sched_process_exit is no pointer")
	}
	prototype, ok := pointer.Target.(*btf.FuncProto)
	if !ok {
		return false, errors.New("tracepoint sched_process_exit is no function")
	}
	return len(prototype.Params) >= 3, nil
}

// mostProcesses is room for every process there can be, within reason: a map
// takes memory for its room, if little, before anything is in it.
func mostProcesses() uint32 {
	const least, most = 1 << 15, 1 << 18
	text, err := os.ReadFile("/proc/sys/kernel/pid_max")
	if err != nil {
		return most
	}
	limit, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32)
	if err != nil {
		return most
	}
	return uint32(min(max(limit, least), most))
}

func setConstants(spec *ebpf.CollectionSpec) error {
	tick, err := tickLength()
	if err != nil {
		return err
	}
	namespace, err := pidNamespace()
	if err != nil {
		return err
	}
	for name, value := range map[string]any{
		"page_bytes":    uint32(os.Getpagesize()),
		"pid_namespace": namespace,
		"tick":          tick,
	} {
		if err := spec.Variables[name].Set(value); err != nil {
			return fmt.Errorf("set %s of the eBPF programs: %w", name, err)
		}
	}
	return nil
}

// tickLength is how often the scheduler looks at the clock at least.
func tickLength() (uint64, error) {
	var tick unix.Timespec
	if err := unix.ClockGetres(unix.CLOCK_MONOTONIC_COARSE, &tick); err != nil {
		return 0, fmt.Errorf("read the length of a tick: %w", err)
	}
	return uint64(tick.Nano()), nil
}

// pidNamespace is the number of this process's pid namespace, 0 for the
// initial one.
func pidNamespace() (uint32, error) {
	const initial = 0xEFFFFFFC
	var namespace unix.Stat_t
	if err := unix.Stat("/proc/self/ns/pid", &namespace); err != nil {
		return 0, &os.PathError{Op: "stat", Path: "/proc/self/ns/pid", Err: err}
	}
	if namespace.Ino == initial {
		return 0, nil
	}
	return uint32(namespace.Ino), nil
}

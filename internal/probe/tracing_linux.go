package probe

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// What the programs below attach to. The kernel describes a tracepoint by the
// typedef of its handler.
var (
	btfExitTracepoint = btfTarget{btfKindTypedef, "btf_trace_sched_process_exit"}
	btfSecurityHook   = btfTarget{btfKindFunc, "security_task_alloc"}
	btfLSMHook        = btfTarget{btfKindFunc, "bpf_lsm_task_alloc"}
)

// kernelTypes reads the kernel's BTF once for all probes: it has some
// megabytes, and reading it is the longest thing a run does.
func (b *bench) kernelTypes() (map[btfTarget]uint32, error) {
	if b.btf == nil {
		b.btf = sync.OnceValues(func() (map[btfTarget]uint32, error) {
			return readKernelBTF(btfExitTracepoint, btfSecurityHook, btfLSMHook)
		})
	}
	return b.btf()
}

// ebpfTracing tries what it takes to hear of every birth and death: a ring
// buffer, and a program on the scheduler's tracepoints. With BTF it can read
// the kernel's structures by name (tp_btf); without, it is a raw tracepoint
// that has to know their layout.
func (b *bench) ebpfTracing() finding {
	if err := createRingBuffer(); err != nil {
		return no(err, b.remedyForBPF(err, "Linux 5.8 or later, built with CONFIG_BPF_SYSCALL=y"))
	}
	raw := program{what: "raw_tracepoint", progType: unix.BPF_PROG_TYPE_RAW_TRACEPOINT}
	if err := raw.load(); err != nil {
		return no(err, b.remedyForBPF(err, "Linux 4.17 or later, built with CONFIG_BPF_EVENTS=y"))
	}
	if err := b.loadBTFTracepoint(); err != nil {
		return partial("raw_tracepoint programs and ring buffers only", err,
			b.remedyForBPF(err, "a kernel built with CONFIG_DEBUG_INFO_BTF=y"))
	}
	return yes("tp_btf and raw_tracepoint programs and a ring buffer load; BTF at %s", kernelBTF)
}

func (b *bench) loadBTFTracepoint() error {
	ids, err := b.kernelTypes()
	if err != nil {
		return err
	}
	id, ok := ids[btfExitTracepoint]
	if !ok {
		return fmt.Errorf("%s: no %s", kernelBTF, btfExitTracepoint.name)
	}
	return program{
		what: "tp_btf/sched_process_exit", progType: unix.BPF_PROG_TYPE_TRACING,
		attachType: unix.BPF_TRACE_RAW_TP, attachBTFID: id,
	}.load()
}

// ebpfForkRefusal tries the two kinds of program that can make fork fail. They
// are only loaded, and the one loaded would refuse nothing.
func (b *bench) ebpfForkRefusal() finding {
	ids, err := b.kernelTypes()
	if errors.Is(err, os.ErrNotExist) {
		return no(err, "a kernel built with CONFIG_DEBUG_INFO_BTF=y")
	}
	if err != nil {
		return unknown(err, "")
	}

	var refusals []error
	if id, ok := ids[btfSecurityHook]; ok {
		err := program{
			what: "fmod_ret/security_task_alloc", progType: unix.BPF_PROG_TYPE_TRACING,
			attachType: unix.BPF_MODIFY_RETURN, attachBTFID: id,
		}.load()
		if err == nil {
			return yes("fmod_ret/security_task_alloc loads")
		}
		refusals = append(refusals, err)
	}
	if id, ok := ids[btfLSMHook]; ok {
		err := program{
			what: "lsm/task_alloc", progType: unix.BPF_PROG_TYPE_LSM,
			attachType: unix.BPF_LSM_MAC, attachBTFID: id,
		}.load()
		if err == nil {
			return lsmFinding()
		}
		refusals = append(refusals, err)
	}
	if len(refusals) == 0 {
		return no(fmt.Errorf("%s: neither %s nor %s", kernelBTF, btfSecurityHook.name, btfLSMHook.name), "a kernel built with CONFIG_SECURITY=y")
	}
	err = errors.Join(refusals...)
	return no(err, b.remedyForBPF(err, ""))
}

// lsmFinding is about a program that loads and whose hook is called only where
// bpf is among the active security modules.
func lsmFinding() finding {
	const list = "/sys/kernel/security/lsm"
	active, err := os.ReadFile(list)
	if err != nil {
		return unknown(fmt.Errorf("lsm/task_alloc loads, but whether it would be called is not told: %w", err),
			"mount -t securityfs securityfs /sys/kernel/security (as root)")
	}
	if !slices.Contains(strings.Split(strings.TrimSpace(string(active)), ","), "bpf") {
		return no(fmt.Errorf("lsm/task_alloc loads, but bpf is not in %s", list), "boot with bpf added to the lsm= list of the kernel command line")
	}
	return yes("lsm/task_alloc loads")
}

package trace

import (
	"errors"
	"io/fs"
	"os"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
)

// refused says why eBPF is not to be had, and what helps.
func refused(err error) error {
	e := &kernel.NotSupportedError{Feature: "tracing with eBPF", Cause: err}
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		e.Remedy = "run as root outside of user namespaces (as root: setcap cap_bpf,cap_perfmon+ep " + ownFile() +
			"; in a container: docker run --cap-add BPF --cap-add PERFMON)"
	case errors.Is(err, fs.ErrNotExist):
		e.Remedy = "a kernel built with CONFIG_DEBUG_INFO_BTF=y"
	case errors.Is(err, ebpf.ErrNotSupported), errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		e.Remedy = "Linux 5.17 or later"
	}
	return e
}

func ownFile() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	return "FILE"
}

package member

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
)

// Trim has the kernel page out what a process has resident beyond most, mapping by
// mapping, and no more than it has to. It does not know what the process needs
// soonest; that comes back when it is touched. What others map too stays.
func (Host) Trim(pid int, least, most uint64) error {
	resident, err := residentOf(pid)
	if err != nil || resident <= most {
		return err
	}
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return os.NewSyscallError("pidfd_open", err)
	}
	defer unix.Close(pidfd)
	mappings, err := mappingsOf(pid)
	if err != nil {
		return err
	}
	for _, m := range mappings {
		if resident <= max(least, most) {
			return nil
		}
		if resident, err = m.trim(pidfd, pid, resident, max(least, most)); err != nil {
			return err
		}
	}
	return nil
}

// mapping is one that has something resident.
type mapping struct{ start, length, resident uint64 }

// steps bounds the calls for one mapping, which may be huge and all but empty.
const steps = 64

// trim pages out as large a part of the mapping as would be enough if what is
// resident were everywhere in it, again and again until it is enough.
func (m mapping) trim(pidfd, pid int, resident, most uint64) (left uint64, err error) {
	for m.length > 0 && resident > most {
		part := m.length
		if excess := resident - most; excess < m.resident {
			part = max(uint64(float64(m.length)*float64(excess)/float64(m.resident)), m.length/steps)
		}
		part = min(m.length, part+(pageSize-part%pageSize)%pageSize)
		err := pageOut(pidfd, m.start, part)
		if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.ESRCH) {
			return resident, err
		}
		if err != nil {
			return resident, nil // one that cannot be paged out, or is not there any more
		}
		m.start, m.length = m.start+part, m.length-part
		if resident, err = residentOf(pid); err != nil {
			return resident, err
		}
	}
	return resident, nil
}

var pageSize = uint64(os.Getpagesize())

func residentOf(pid int) (uint64, error) {
	content, _ := ReadMadeUp("/proc/" + strconv.Itoa(pid) + "/statm")
	fields := strings.Fields(string(content))
	if len(fields) < 2 {
		return 0, fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	}
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	return pages * pageSize, err
}

// mappingsOf reads how much of each mapping is resident.
func mappingsOf(pid int) (found []mapping, err error) {
	f, err := os.Open(filepath.Join("/proc", strconv.Itoa(pid), "smaps"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var m mapping
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, rest, _ := strings.Cut(lines.Text(), " ")
		if size, inKB := strings.CutSuffix(strings.TrimSpace(rest), " kB"); inKB && name == "Rss:" {
			kilobytes, err := strconv.ParseUint(strings.TrimSpace(size), 10, 64)
			m.resident = kilobytes << 10
			if err != nil {
				return nil, err
			}
		}
		if name == "Rss:" && m.resident > 0 {
			found = append(found, m)
		}
		first, last, isMapping := strings.Cut(name, "-")
		if !isMapping {
			continue
		}
		start, err1 := strconv.ParseUint(first, 16, 64)
		end, err2 := strconv.ParseUint(last, 16, 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		m = mapping{start: start, length: end - start}
	}
	return found, lines.Err()
}

func pageOut(pidfd int, start, length uint64) error {
	// Not an Iovec of the unix package: these are addresses of another process.
	where := [2]uintptr{uintptr(start), uintptr(length)}
	_, _, errno := unix.Syscall6(unix.SYS_PROCESS_MADVISE, uintptr(pidfd), uintptr(unsafe.Pointer(&where)), 1, unix.MADV_PAGEOUT, 0, 0)
	if errno != 0 {
		return os.NewSyscallError("process_madvise", errno)
	}
	return nil
}

func cannotTrim(cause error, remedy string) error {
	return &kernel.NotSupportedError{Feature: "MaxWorkingSet", Cause: cause, Remedy: remedy}
}

// CanTrim tells whether memory of other processes can be paged out here.
func (Host) CanTrim() error {
	if err := pageOut(-1, 0, 0); errors.Is(err, unix.ENOSYS) {
		return cannotTrim(err, "Linux 5.10 or later")
	}
	if !holdsCapability(unix.CAP_SYS_NICE) {
		return cannotTrim(fmt.Errorf("page out memory of another process: %w", unix.EPERM), "it takes CAP_SYS_NICE: run as root")
	}
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return os.NewSyscallError("sysinfo", err)
	}
	if info.Totalswap == 0 {
		return cannotTrim(errors.New("this machine has no swap, so that memory without a file cannot be paged out"), "swapon, or JobMemory or ProcessMemory instead")
	}
	return nil
}

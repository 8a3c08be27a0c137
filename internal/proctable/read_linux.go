package proctable

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// lineSize is more than a stat file can have: 52 numbers and a name.
const lineSize = 2048

// batch is how many bytes of the directory are read at a time. It is small, so that
// the numbers are still new when their files are read: who forks ahead of the reader
// is caught up with.
const batch = 2048

// tick is the unit of times in /proc: USER_HZ is 100 wherever Go runs.
const tick = time.Second / 100

// walk calls visit with the number of each process, in ascending order, while the
// directory is read. The buffer is for visit's own use.
func walk(visit func(pid int, buffer []byte) error) error {
	dir, err := unix.Open("/proc", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("list processes: %w", &os.PathError{Op: "open", Path: "/proc", Err: err})
	}
	defer unix.Close(dir)
	entries, line := make([]byte, batch), make([]byte, lineSize)
	var names []string
	for {
		n, err := unix.ReadDirent(dir, entries)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("list processes: %w", &os.PathError{Op: "readdir", Path: "/proc", Err: err})
		}
		if n <= 0 {
			return nil
		}
		_, _, names = unix.ParseDirent(entries[:n], -1, names[:0])
		for _, name := range names {
			if pid, err := strconv.Atoi(name); err == nil {
				if err := visit(pid, line); err != nil {
					return err
				}
			}
		}
	}
}

// look reads the line of a process; found is false when it is gone.
func look(pid int, buffer []byte) (p Process, found bool) {
	fd, err := unix.Open(path(pid, "stat"), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return Process{}, false
	}
	defer unix.Close(fd)
	for {
		n, err := unix.Read(fd, buffer)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return Process{}, false // reaped between open and read
		}
		return parse(buffer[:n])
	}
}

// The fields of /proc/PID/stat after the name, see proc_pid_stat(5). The first is 3.
const (
	fieldState = 3 + iota
	fieldParent
	fieldGroup
	fieldSession
	fieldUser         = 14
	fieldKernel       = 15
	fieldWaitedUser   = 16
	fieldWaitedKernel = 17
	fieldThreads      = 20
	fieldStart        = 22
	fieldVirtual      = 23
	fieldResident     = 24
)

// parse reads a stat line. The name may hold anything, parentheses and blanks too.
func parse(line []byte) (p Process, ok bool) {
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 1 || end < open {
		return Process{}, false
	}
	pid, isPid := number(line[:open-1])
	if !isPid {
		return Process{}, false
	}
	p.Pid, p.Comm = int(pid), string(line[open+1:end])
	rest := bytes.TrimSpace(line[end+1:])
	for field := fieldState; field <= fieldResident; field++ {
		var word []byte
		word, rest, _ = bytes.Cut(rest, []byte{' '})
		if field == fieldState && len(word) == 1 {
			p.State = word[0]
			continue
		}
		value, isNumber := number(word)
		if !isNumber {
			return Process{}, false
		}
		p.set(field, value)
	}
	return p, true
}

func (p *Process) set(field int, value uint64) {
	switch field {
	case fieldParent:
		p.Parent = int(value)
	case fieldGroup:
		p.Group = int(value)
	case fieldSession:
		p.Session = int(value)
	case fieldThreads:
		p.Threads = int(value)
	case fieldUser:
		p.User = time.Duration(value) * tick
	case fieldKernel:
		p.Kernel = time.Duration(value) * tick
	case fieldWaitedUser:
		p.WaitedUser = time.Duration(value) * tick
	case fieldWaitedKernel:
		p.WaitedKernel = time.Duration(value) * tick
	case fieldStart:
		p.Start = value
	case fieldVirtual:
		p.Virtual = value
	case fieldResident:
		p.Resident = value * uint64(os.Getpagesize())
	}
}

// number reads a decimal number. The few that may be negative are of no interest and
// count as 0.
func number(word []byte) (value uint64, ok bool) {
	if len(word) == 0 {
		return 0, false
	}
	if word[0] == '-' {
		return 0, len(word) > 1
	}
	for _, digit := range word {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		value = value*10 + uint64(digit-'0')
	}
	return value, true
}

package trace

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// procStat is what /proc/PID/stat tells of a process, to one hundredth of a
// second. All numbers are as this process sees them.
type procStat struct {
	command      string
	state        byte
	parent       int
	threads      int
	start        time.Duration
	user, system time.Duration
	minor, major uint64
	status       Status // of a zombie, if we may see it
}

var errNoStat = errors.New("malformed stat")

func readStat(pid int) (procStat, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return procStat{}, err
	}
	return parseStat(text)
}

// parseStat counts from the last parenthesis: a name may have some itself.
func parseStat(text []byte) (procStat, error) {
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return procStat{}, errNoStat
	}
	fields := strings.Fields(string(text[end+1:]))
	if len(fields) < 50 {
		return procStat{}, fmt.Errorf("%w: %d fields", errNoStat, len(fields))
	}
	var bad error
	number := func(position int) uint64 { // as proc(5) counts
		n, err := strconv.ParseUint(fields[position-3], 10, 64)
		bad = errors.Join(bad, err)
		return n
	}
	s := procStat{
		command: string(text[open+1 : end]),
		state:   fields[0][0],
		parent:  int(number(4)),
		minor:   number(10), major: number(12),
		user:    time.Duration(number(14)) * clockTick,
		system:  time.Duration(number(15)) * clockTick,
		threads: int(number(20)),
		start:   time.Duration(number(22)) * clockTick,
		status:  Status(number(52)),
	}
	if bad != nil {
		return procStat{}, fmt.Errorf("%w: %w", errNoStat, bad)
	}
	return s, nil
}

// over tells whether no thread of the process can run any more. The first one
// may be a zombie alone.
func (s procStat) over() bool { return (s.state == 'Z' || s.state == 'X') && s.threads <= 1 }

// sameBirth tells whether it is the process that had started then.
func (s procStat) sameBirth(start time.Duration) bool { return s.start == start.Truncate(clockTick) }

// mayReadStatus tells whether the kernel shows us how a process of that number
// ended. If not it shows a 0.
func mayReadStatus(pid int) bool {
	own := os.Geteuid()
	if own == 0 {
		return true
	}
	var dir unix.Stat_t
	return unix.Stat("/proc/"+strconv.Itoa(pid), &dir) == nil && int(dir.Uid) == own
}

// now is the time of the clock that processes' births are told in.
func now() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0 // it has been there since Linux 2.6
	}
	return time.Duration(t.Nano())
}

package member

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Numbering tells which numbers the kernel has given to processes and threads. It
// gives them in order, and begins again from below when it has come to the end.
type Numbering struct {
	file *os.File // nil where it cannot be told
	last int
}

// lastGiven says at its end which number was given last, in the pid namespace of who
// reads it.
const lastGiven = "/proc/loadavg"

// OpenNumbering begins with those that are given from now on. The file must be the
// kernel's: containers may have one put in its place that is kept up by a program; and
// /proc that of this process's pid namespace.
func OpenNumbering() *Numbering {
	n := &Numbering{}
	self, err := os.Readlink("/proc/self")
	if err != nil || self != strconv.Itoa(os.Getpid()) {
		return n
	}
	file, err := os.Open(lastGiven)
	if err != nil {
		return n
	}
	var stat unix.Statfs_t
	if unix.Fstatfs(int(file.Fd()), &stat) != nil || stat.Type != unix.PROC_SUPER_MAGIC {
		file.Close()
		return n
	}
	n.file = file
	n.last, _ = n.read() // a number that is none is not known the next time
	return n
}

// Close lets go of where it is told.
func (n *Numbering) Close() {
	if n.file != nil {
		n.file.Close()
	}
}

// Tells tells whether it can be told at all.
func (n *Numbering) Tells() bool { return n.file != nil }

func (n *Numbering) read() (last int, known bool) {
	if n.file == nil {
		return 0, false
	}
	var content [128]byte
	length, err := ignoringEINTR(func() (int, error) { return unix.Pread(int(n.file.Fd()), content[:], 0) })
	if err != nil {
		return 0, false
	}
	return lastNumberOf(string(content[:length]))
}

// lastNumberOf takes it from a line such as "0.20 0.18 0.12 1/80 11206".
func lastNumberOf(line string) (last int, known bool) {
	line = strings.TrimSuffix(line, "\n")
	last, err := strconv.Atoi(line[strings.LastIndexByte(line, ' ')+1:])
	return last, err == nil && last > 0
}

// mostGiven is far more than anybody wants to ask after.
const mostGiven = 4096

// Given are the numbers that were given since it was asked the last time. Some of
// them may be those of older processes, which were in the way. It is not known where
// numbers begin again, nor where they are very many.
func (n *Numbering) Given() (fresh []int, known bool) {
	last, known := n.read()
	before := n.last
	n.last = last
	if !known || before == 0 || last < before || last-before > mostGiven {
		return nil, false
	}
	for number := before + 1; number <= last; number++ {
		fresh = append(fresh, number)
	}
	return fresh, true
}

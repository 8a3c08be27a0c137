package guard

import (
	"encoding/binary"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// list is what the guard is to end, in a file in memory that the guard has open
// as well: it reads it when the owner is dead, and is not woken before. The file
// is a log. It begins with the offset of the part that counts; that has a line for
// each group that was added (+) or removed (-). A line that the owner's death has
// cut off does not count: what it would have said was not yet promised.
type list struct {
	file  *os.File
	begin int64 // of the part that counts
	end   int64
}

const (
	// emptyList is the size of a file with no groups; the sentry knows it.
	emptyList = 8

	// slack is how much may be written before a log is begun anew.
	slack = 64 << 10
)

func newList() (*list, error) {
	fd, err := unix.MemfdCreate("jobobject-guarded", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	l := &list{file: os.NewFile(uintptr(fd), "jobobject-guarded"), begin: emptyList, end: emptyList}
	if err := l.setBegin(emptyList); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *list) close() { l.file.Close() }

func (l *list) add(dir string) error { return l.write("+" + dir + "\n") }

// remove takes one off, of which watched are left. It cannot fail in a way that
// matters: a group that is ended without need is one that is gone.
func (l *list) remove(dir string, watched map[string]bool) {
	switch {
	case len(watched) == 0:
		_ = l.setBegin(emptyList)
		_ = l.file.Truncate(emptyList)
		l.begin, l.end = emptyList, emptyList
	case l.end-l.begin > slack:
		_ = l.rewrite(watched)
	default:
		_ = l.write("-" + dir + "\n")
	}
}

func (l *list) write(lines string) error {
	n, err := l.file.WriteAt([]byte(lines), l.end)
	if err == nil {
		l.end += int64(n)
	}
	return err
}

// rewrite begins a new log behind the old one and gives that back to the system.
func (l *list) rewrite(watched map[string]bool) error {
	var lines strings.Builder
	for dir := range watched {
		lines.WriteString("+" + dir + "\n")
	}
	begin := l.end
	if err := l.write(lines.String()); err != nil {
		return err
	}
	if err := l.setBegin(begin); err != nil {
		return err
	}
	_ = unix.Fallocate(int(l.file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, emptyList, begin-emptyList)
	return nil
}

func (l *list) setBegin(begin int64) error {
	if _, err := l.file.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(begin)), 0); err != nil {
		return err
	}
	l.begin = begin
	return nil
}

// parseList returns the groups in the content of the file.
func parseList(content []byte) map[string]bool {
	groups := map[string]bool{}
	if len(content) < emptyList {
		return groups
	}
	begin := binary.LittleEndian.Uint64(content)
	if begin < emptyList || begin > uint64(len(content)) {
		return groups
	}
	for line := range strings.Lines(string(content[begin:])) {
		line, whole := strings.CutSuffix(line, "\n")
		if !whole || line == "" {
			continue
		}
		switch dir := line[1:]; line[0] {
		case '+':
			groups[dir] = true
		case '-':
			delete(groups, dir)
		}
	}
	return groups
}

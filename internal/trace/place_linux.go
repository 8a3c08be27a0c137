package trace

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jobobject/internal/cgroupfs"
)

// place is a group, with its directory to see what it is in.
type place struct {
	dir  string
	id   uint64
	root bool // of the hierarchy
}

func (p place) in(w *Watch) bool {
	return p.dir == w.group.dir || strings.HasPrefix(p.dir, w.group.dir+"/")
}

// innerFirst are the watches whose groups hold that one, beginning with the
// nearest.
func innerFirst[V any](watches map[*Watch]V, p place) []*Watch {
	var list []*Watch
	for w := range watches {
		if p.in(w) {
			list = append(list, w)
		}
	}
	slices.SortFunc(list, func(a, b *Watch) int { return len(b.group.dir) - len(a.group.dir) })
	return list
}

// places finds out where processes are.
type places struct{ cgroups cgroupfs.Hierarchies }

func findPlaces() (places, error) {
	cgroups, err := cgroupfs.ReadOwn()
	return places{cgroups}, err
}

// of reads where a process is; false if there is none. One that has exited is
// where it was.
func (p places) of(pid int) (place, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
	if err != nil {
		return place{}, false
	}
	for line := range strings.Lines(string(text)) {
		path, found := strings.CutPrefix(line, "0::")
		if !found {
			continue
		}
		path = strings.TrimSuffix(path, "\n")
		at := place{root: path == "/"}
		if dir, shown := p.cgroups.V2.DirOf(path); shown { // else nobody can watch it
			var group unix.Stat_t
			_ = unix.Stat(dir, &group) // only the number is missing without
			at.dir, at.id = filepath.Clean(dir), group.Ino
		}
		return at, true
	}
	return place{}, false
}

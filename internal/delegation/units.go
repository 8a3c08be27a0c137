package delegation

import (
	"path"
	"strings"
)

// place is where a cgroup path leads to among the units of systemd.
type place struct {
	unit  string // the path as far as its innermost unit; empty where there is none
	below string // the rest of it
}

func placeOf(cgroup string) place {
	for unit := cgroup; unit != "/" && unit != "."; unit = path.Dir(unit) {
		if isUnit(path.Base(unit)) {
			return place{unit, strings.TrimPrefix(cgroup, unit)}
		}
	}
	return place{below: cgroup}
}

// isUnit knows the units that have cgroups.
func isUnit(name string) bool {
	switch path.Ext(name) {
	case ".service", ".scope", ".slice", ".socket", ".mount", ".swap":
		return true
	}
	return false
}

// initScope is where a manager is itself, right below what it manages.
const initScope = "/init.scope"

// within is a path as the manager sees it that is in that cgroup; false where the
// manager has nothing to do with it.
func within(managerAt, cgroup string) (string, bool) {
	root, found := strings.CutSuffix(managerAt, initScope)
	if !found {
		return "", false
	}
	inside, found := strings.CutPrefix(cgroup, root+"/")
	return "/" + inside, found
}

// ofManager is the unit of a manager's own that a path leads into, and its slice,
// which is empty for that of the root. What is below that unit may be of another
// manager, which has slices and units of the same names.
func ofManager(inside string) (slice, unit string) {
	for part := range strings.SplitSeq(strings.TrimPrefix(inside, "/"), "/") {
		switch {
		case strings.HasSuffix(part, ".slice"):
			slice = part
		case isUnit(part):
			return slice, part
		default:
			return slice, ""
		}
	}
	return slice, ""
}

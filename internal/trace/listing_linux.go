package trace

import (
	"hash/fnv"
	"os"
	"time"
)

// Listing tells who is in groups that are no cgroups, to a sampler. A group has a name
// like a path: that of one in it begins with its own and a slash. Its methods are called
// by one goroutine.
type Listing interface {
	// Look looks at all processes once. What it returns lists the members of a group,
	// those of groups in it too, each with the name of the innermost one; false if there
	// is no such group any more.
	Look() (members func(name string) (list map[int]string, there bool), err error)
	// InnermostOf is the name of the innermost group that a process is in, "" if it is
	// in none; false if there is no such process.
	InnermostOf(pid int) (name string, there bool)
	// Stirred tells whether somebody may have come since the last Look. It costs next to
	// nothing while nobody does.
	Stirred() bool
	// Ended tells the listing that a process has ended that was listed; it has not to be
	// any more.
	Ended(pid int)
	// HowEnded is the status with which a process has ended, as wait(2) tells it, where
	// somebody has waited for it who tells.
	HowEnded(pid int) (status uint32, known bool)
	// Rest is called when the sampler ends; Look may be called again later.
	Rest()
	// Misses says in words what the groups themselves keep a sampler from seeing.
	Misses() string
}

// OpenListing is Open for groups that are no cgroups.
func OpenListing(listing Listing) (*Tracer, error) {
	s, err := acquire(listing, func() (source, error) { return newSampler(listed{listing}) })
	if err != nil {
		return nil, err
	}
	return &Tracer{source: s, find: listed{listing}.find}, nil
}

// ground is what a sampler looks at.
type ground interface {
	// look is for all groups that are asked for until the next one.
	look() (members func(dir string) (map[int]place, error), err error)
	of(pid int) (place, bool)
	// tellsOfBirths tells whether it is enough to look when it has stirred.
	tellsOfBirths() bool
	stirred() bool
	over(pid int)
	howEnded(pid int) (Status, bool)
	// everybodyIsBorn tells that nobody can come to a group in another way.
	everybodyIsBorn() bool
	rest()
	misses() string
}

// cgroups is the usual ground.
type cgroups struct{ places }

func (c cgroups) look() (func(dir string) (map[int]place, error), error) { return listMembers, nil }

func (c cgroups) tellsOfBirths() bool { return false }

func (c cgroups) stirred() bool { return false }

func (c cgroups) over(int) {}

func (c cgroups) howEnded(int) (Status, bool) { return 0, false }

func (c cgroups) everybodyIsBorn() bool { return false }

func (c cgroups) rest() {}

func (c cgroups) misses() string {
	return "it misses processes that live shorter and all execs, mistakes births outside for births inside"
}

// listed is another one.
type listed struct{ Listing }

func (l listed) find(name string) (group, error) { return group{dir: name, id: numberOf(name)}, nil }

func (l listed) look() (func(name string) (map[int]place, error), error) {
	members, err := l.Look()
	if err != nil {
		return nil, err
	}
	return func(name string) (map[int]place, error) {
		list, there := members(name)
		if !there {
			return nil, os.ErrNotExist
		}
		places := make(map[int]place, len(list))
		for pid, innermost := range list {
			places[pid] = placeNamed(innermost)
		}
		return places, nil
	}, nil
}

func (l listed) of(pid int) (place, bool) {
	name, there := l.InnermostOf(pid)
	return placeNamed(name), there
}

func (l listed) tellsOfBirths() bool { return true }

func (l listed) stirred() bool { return l.Stirred() }

func (l listed) over(pid int) { l.Ended(pid) }

func (l listed) howEnded(pid int) (Status, bool) {
	status, known := l.HowEnded(pid)
	return Status(status), known
}

func (l listed) everybodyIsBorn() bool { return true }

func (l listed) rest() { l.Rest() }

func (l listed) misses() string { return l.Misses() }

func placeNamed(name string) place { return place{dir: name, id: numberOf(name), root: name == ""} }

// numberOf stands for the inode of a directory. That of no group is 0.
func numberOf(name string) uint64 {
	if name == "" {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return h.Sum64()
}

// hastyPeriod is how soon the sampler asks again whether somebody has come; when nobody
// has for a while it is idlePeriod, as to wake up costs more than to ask.
const (
	hastyPeriod = 4 * time.Millisecond
	idlePeriod  = 8 * time.Millisecond
	idleAfter   = time.Second
)

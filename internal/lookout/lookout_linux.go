package lookout

import (
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
	"jobobject/internal/member"
)

// Lookout tells groups that a process may have been born in them. For all groups
// together it costs one look at a number: the kernel counts up to number processes,
// and says which number it gave last. As long as that stays nobody was born at all;
// when it has moved, those who have got the numbers between are asked where they are.
// So it costs what is born, and not how many groups there are.
type Lookout struct {
	// Where tells which groups a process is in, by their ids; it has settled where it
	// belongs. One that has ended is kernel.ErrProcessExited.
	Where func(pid int) (groups []string, settled bool, err error)

	mu     sync.Mutex
	places map[string]map[chan roused]bool // by the id of the group
	all    []chan roused                   // in the order in which they have joined
	next   int                             // of all, to be told in the round
	awake  bool                            // the goroutine runs; it ends with the last group
}

// roused is why a group is to be looked at.
type roused bool

const (
	somebodyBorn roused = true
	asARule      roused = false
)

const (
	// lookInterval is what passes between two looks at the number; where nobody has been
	// born in the groups for a while it is idleLookInterval. To wake up costs more than
	// to look.
	lookInterval     = 16 * time.Millisecond
	idleLookInterval = 32 * time.Millisecond
	// roundTime is how long a group is left alone in which nobody is born: somebody may
	// have come in another way, or the last one have gone.
	roundTime = time.Minute
)

// join begins it for a group. Whoever was born before is not told of.
func (l *Lookout) join(id string) (births <-chan roused, leave func()) {
	c := make(chan roused, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.places == nil {
		l.places = map[string]map[chan roused]bool{}
	}
	if l.places[id] == nil {
		l.places[id] = map[chan roused]bool{}
	}
	l.places[id][c] = true
	l.all = append(l.all, c)
	if !l.awake {
		l.awake = true
		go l.work(member.OpenNumbering(), newSuspects())
	}
	return c, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if delete(l.places[id], c); len(l.places[id]) == 0 {
			delete(l.places, id)
		}
		l.all = slices.DeleteFunc(l.all, func(other chan roused) bool { return other == c })
	}
}

// work looks at the number again and again.
func (l *Lookout) work(numbers *member.Numbering, suspects *suspects) {
	defer numbers.Close()
	timer := time.NewTimer(lookInterval)
	defer timer.Stop()
	var quiet, share time.Duration
	for {
		<-timer.C
		groups := l.watched()
		if groups == 0 {
			return
		}
		pause := lookInterval
		if l.look(numbers, suspects, groups) {
			quiet = 0
		} else if quiet += pause; quiet > time.Second {
			pause = idleLookInterval
		}
		for share += pause * time.Duration(groups); share > roundTime; share -= roundTime {
			l.tellNext()
		}
		timer.Reset(pause)
	}
}

// watched ends the goroutine with the last group: it is 0 once.
func (l *Lookout) watched() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awake = len(l.all) > 0
	return len(l.all)
}

// look tells whether somebody may have been born in the groups.
func (l *Lookout) look(numbers *member.Numbering, suspects *suspects, groups int) (born bool) {
	fresh, known := numbers.Given()
	if !known || len(fresh)+suspects.count() > groups {
		suspects.clear()
		l.tellAll() // it costs less to look at all of them
		return true
	}
	suspects.add(fresh)
	suspects.visit(func(pid int) (settled bool) {
		// The cheapest question first: most are a thread's, or have ended already.
		if errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
			return false // or it is not there yet
		}
		groups, settled, err := l.Where(pid)
		switch {
		case errors.Is(err, kernel.ErrProcessExited) && !errors.Is(unix.Kill(pid, 0), unix.EPERM):
			return false
		case err != nil: // it is hidden from this user
			l.tellAll()
			born = true
			return true
		}
		here := l.tell(groups)
		born = born || here
		return here || settled
	})
	return born
}

// tell tells the groups that a process is in, and whether there are such.
func (l *Lookout) tell(ids []string) (told bool) {
	if len(ids) == 0 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		for c := range l.places[id] {
			notify(c, somebodyBorn)
			told = true
		}
	}
	return told
}

func (l *Lookout) tellAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.all {
		notify(c, somebodyBorn)
	}
}

func (l *Lookout) tellNext() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) > 0 {
		l.next = (l.next + 1) % len(l.all)
		notify(l.all[l.next], asARule)
	}
}

// notify forgets a lesser reason that has not been read.
func notify(c chan roused, why roused) {
	for {
		select {
		case c <- why:
			return
		default:
		}
		if why == asARule {
			return
		}
		select {
		case <-c:
		default:
		}
	}
}

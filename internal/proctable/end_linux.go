package proctable

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
)

// pace is how long a round waits for those that it has killed to be dead before it
// looks again. It is no delay: their death ends the wait.
const pace = 20 * time.Millisecond

// stubborn bounds all rounds together, in terms of the patience for one death. Thousands
// of processes on a busy machine need some time as long as they do die.
const stubborn = 60

// End ends all processes below the roots, which are left alone, and waits until nobody
// alive is seen there. It is *kernel.SurvivorsError when for as long as patience says
// none has died.
//
// Each is signalled as soon as it is seen. New processes have higher numbers than those
// that are there, and the table is read in the order of the numbers and faster than
// anybody can fork: so who forks away from the reader is caught. Most trees are gone
// then. Of one that is not, because it is large or the numbers have begun anew, all are
// stopped until nobody new is seen, and only then are killed: what is stopped forks no
// more, and keeps the place that another one could be born in.
//
// A process that is below one of the roots itself goes last.
func End(patience time.Duration, roots ...Identity) error {
	began := time.Now()
	e := ending{roots: roots, self: os.Getpid()}
	progress, fewest := began, -1
	for round := 0; ; round++ {
		looked := time.Now()
		var err error
		if round == 0 {
			err = e.killAtOnce()
		} else {
			err = e.stopAndKill()
		}
		if err != nil {
			return err
		}
		if len(e.left) == 0 {
			if e.selfBelow {
				_ = unix.Kill(e.self, unix.SIGKILL)
				continue
			}
			if e.emptyBefore { // one look may have missed a birth, see the package comment
				return nil
			}
			e.emptyBefore = true
			continue
		}
		e.emptyBefore = false
		e.await(max(pace, time.Since(looked))) // looking costs those the processor that are to die
		now := time.Now()
		if fewest < 0 || len(e.left) < fewest || e.anyRunnable {
			progress, fewest = now, len(e.left)
		}
		if now.Sub(progress) > patience || now.Sub(began) > stubborn*patience {
			return &kernel.SurvivorsError{Survivors: e.survivors()}
		}
	}
}

// ending is what is known from one round to the next.
type ending struct {
	roots []Identity
	self  int

	stopped     map[Identity]bool
	emptyBefore bool

	// Of the last round:
	left        []Process // alive when they were seen
	held        []unix.PollFd
	selfBelow   bool
	anyRunnable bool
}

// killAtOnce kills everybody below the roots. When they are many, the others are only
// stopped: in the place of a dead one the next could be born.
func (e *ending) killAtOnce() error {
	const many = 200
	_, err := e.signalAll(nil, func() syscall.Signal {
		if len(e.left) > many {
			return unix.SIGSTOP
		}
		return unix.SIGKILL
	})
	return err
}

// stopAndKill stops everybody below the roots, and kills them when nobody new is seen and
// all have come to their stop. One that is still on its way there may be in the middle of
// a fork, which succeeds when a death makes room for it.
func (e *ending) stopAndKill() error {
	const longest = time.Second // what cannot be stopped, or only late, is killed all the same
	if e.stopped == nil {
		e.stopped = map[Identity]bool{}
	}
	for began := time.Now(); time.Since(began) < longest; {
		looked := time.Now()
		news, err := e.signalAll(e.stopped, func() syscall.Signal { return unix.SIGSTOP })
		if err != nil {
			return err
		}
		if news > 0 {
			continue
		}
		if !slices.ContainsFunc(e.left, func(p Process) bool { return p.State != 'T' && p.State != 't' }) {
			break
		}
		pause(max(pace, time.Since(looked)))
	}
	_, err := e.signalAll(nil, func() syscall.Signal { return unix.SIGKILL })
	return err
}

// pause leaves the processor to those who are to come to their stop. Nothing tells of that.
func pause(d time.Duration) { _, _ = unix.Poll(nil, int(d/time.Millisecond)) }

// signalAll signals everybody who is not in done, and puts them there; news is how
// many that were.
func (e *ending) signalAll(done map[Identity]bool, choose func() syscall.Signal) (news int, err error) {
	e.left, e.selfBelow, e.anyRunnable = e.left[:0], false, false
	e.letGo()
	below := map[int]bool{}
	for _, root := range e.roots { // now, because its descendants may have lower numbers
		if p, found := Look(root.Pid); found && p.Identity == root {
			below[root.Pid] = true
		}
	}
	var later []Process // their parents have higher numbers and come later
	err = walk(func(pid int, buffer []byte) error {
		p, found := look(pid, buffer)
		switch {
		case !found:
		case e.isRoot(p.Identity):
			below[pid] = true
		case below[p.Parent]:
			below[pid] = true
			news += e.signal(p, choose(), done)
		default:
			later = append(later, p)
		}
		return nil
	})
	for more := true; more; {
		more = false
		rest := later[:0]
		for _, p := range later {
			if !below[p.Parent] {
				rest = append(rest, p)
				continue
			}
			below[p.Pid], more = true, true
			news += e.signal(p, choose(), done)
		}
		later = rest
	}
	return news, err
}

func (e *ending) isRoot(id Identity) bool {
	for _, root := range e.roots {
		if id == root {
			return true
		}
	}
	return false
}

// signal is 1 for a process that has been signalled for the first time.
func (e *ending) signal(p Process, sig syscall.Signal, done map[Identity]bool) int {
	if p.Dead() {
		return 0
	}
	if p.Pid == e.self {
		e.selfBelow = true
		return 0
	}
	e.left = append(e.left, p)
	if done[p.Identity] {
		return 0
	}
	fd, err := hold(p.Identity)
	switch {
	case errors.Is(err, unix.ESRCH):
		return 0
	case err != nil:
		err = signalByNumber(p, sig)
	default:
		err = unix.PidfdSendSignal(fd, sig, nil, 0)
		e.keep(fd)
	}
	// One that only waits for a processor to die on is no survivor. What was stopped or
	// asleep is about to run.
	e.anyRunnable = e.anyRunnable || p.State != 'D' && err == nil
	if done != nil {
		done[p.Identity] = true
		return 1
	}
	return 0
}

// hold refers to the process, and to no other that has got its number meanwhile;
// ESRCH when it is gone.
func hold(id Identity) (fd int, err error) {
	if fd, err = unix.PidfdOpen(id.Pid, 0); err != nil {
		return -1, err
	}
	if now, found := Look(id.Pid); !found || now.Identity != id {
		unix.Close(fd)
		return -1, unix.ESRCH
	}
	return fd, nil
}

// signalByNumber is for when there is no descriptor left to hold a process by. The
// number was its own a moment ago.
func signalByNumber(p Process, sig syscall.Signal) error {
	if now, found := Look(p.Pid); !found || now.Identity != p.Identity {
		return unix.ESRCH
	}
	return unix.Kill(p.Pid, sig)
}

// mostHeld bounds the descriptors in use.
const mostHeld = 64

// keep keeps some of those that have been signalled, to wait for.
func (e *ending) keep(fd int) {
	if len(e.held) >= mostHeld {
		unix.Close(fd)
		return
	}
	e.held = append(e.held, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
}

func (e *ending) letGo() {
	for _, h := range e.held {
		unix.Close(int(h.Fd))
	}
	e.held = e.held[:0]
}

// await waits until those that are held are dead, but not for longer than d.
func (e *ending) await(d time.Duration) {
	until := time.Now().Add(d)
	if len(e.held) == 0 {
		pause(d) // no descriptor left that could tell
	}
	for i := range e.held {
		for {
			left := time.Until(until)
			if left <= 0 {
				break
			}
			_, err := unix.Poll(e.held[i:i+1], int(left/time.Millisecond)+1)
			if !errors.Is(err, unix.EINTR) {
				break
			}
		}
	}
	e.letGo()
}

// survivors describes who is left.
func (e *ending) survivors() []kernel.Survivor {
	var survivors []kernel.Survivor
	for _, p := range e.left {
		now, found := Look(p.Pid)
		if !found || now.Identity != p.Identity || now.Dead() {
			continue
		}
		survivors = append(survivors, kernel.Survivor{Pid: p.Pid, Command: Command(p), State: whyAlive(now)})
	}
	return survivors
}

// Command is the command line of a process, or its name in brackets where it has none.
func Command(p Process) string {
	if line, err := os.ReadFile(path(p.Pid, "cmdline")); err == nil && len(line) > 0 {
		return string(bytes.ReplaceAll(bytes.TrimRight(line, "\x00"), []byte{0}, []byte{' '}))
	}
	return "[" + strings.TrimSpace(p.Comm) + "]"
}

// whyAlive says what keeps a killed process alive, as far as can be told.
func whyAlive(p Process) string {
	if errors.Is(unix.Kill(p.Pid, 0), unix.EPERM) {
		return "of another user, who alone may end it"
	}
	switch p.State {
	case 'D':
		return "uninterruptible sleep, or frozen by a v1 freezer"
	case 'Z':
		return "dead leader with live threads"
	default:
		return "state " + string(p.State)
	}
}

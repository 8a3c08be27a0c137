package trace

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// samplePeriod is how often the sampler looks who is there.
const samplePeriod = 20 * time.Millisecond

// samplerSource looks who is in a group again and again. It holds a descriptor
// of every member that it has seen, which tells of its end at once.
type samplerSource struct {
	*mailbox
	epoll  int
	bell   int // an eventfd that rings for mail
	ground ground
	list   func(dir string) (map[int]place, error) // as of the last look

	watches map[*Watch]*sample
	ends    map[int32]heldMember // by pidfd
	most    int                  // of those: the rest is looked at
	unheld  int                  // members without
}

type heldMember struct {
	watch *Watch
	pid   int
}

func newSamplerSource() (source, error) {
	places, err := findPlaces()
	if err != nil {
		return nil, fmt.Errorf("make a sampler: %w", err)
	}
	return newSampler(cgroups{places})
}

func newSampler(on ground) (_ source, err error) {
	s := &samplerSource{ground: on, epoll: -1, bell: -1, watches: map[*Watch]*sample{}, ends: map[int32]heldMember{}, most: mostHeld()}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("make a sampler: %w", err), s.closeFiles())
		}
	}()
	if s.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if s.bell, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	if err := s.await(s.bell); err != nil {
		return nil, err
	}
	s.mailbox = newMailbox(s.ring)
	go s.work()
	return s, nil
}

// mostHeld leaves most of the descriptors that this process may have to others.
func mostHeld() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur/4, 1<<16))
}

func (s *samplerSource) means() Means { return Sampler }

func (s *samplerSource) misses() string {
	return fmt.Sprintf("it looks every %v who is there: %s, has no peak of memory and no I/O, "+
		"and does not know how a process ended, nor what it used, that was waited for at once or belongs to somebody else", samplePeriod, s.ground.misses())
}

func (s *samplerSource) ring() error {
	_, err := unix.Write(s.bell, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	if errors.Is(err, unix.EAGAIN) {
		return nil // it rings already
	}
	return os.NewSyscallError("write", err)
}

func (s *samplerSource) await(fd int) error {
	err := unix.EpollCtl(s.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
	return os.NewSyscallError("epoll_ctl", err)
}

// work is the goroutine.
func (s *samplerSource) work() {
	defer close(s.ended)
	events := make([]unix.EpollEvent, 64)
	next := time.Now()  // when it looks at those of whom nothing tells
	came := time.Now()  // when somebody had
	hasty := time.Now() // when it may if somebody has come
	for {
		requests, stopping := s.take()
		began, asked := time.Now(), len(requests) > 0
		due, may := !began.Before(next), !began.Before(hasty)
		switch {
		case asked, due && !s.ground.tellsOfBirths(), may && s.stirred():
			s.sampleAll()
			came = began
		case due:
			s.lookAtUnheld()
		}
		ended := time.Now()
		if due || asked {
			next = ended.Add(samplePeriod)
		}
		if may || asked {
			pause := hastyPeriod
			if began.Sub(came) > idleAfter {
				pause = idlePeriod
			}
			hasty = ended.Add(max(pause, 3*ended.Sub(began))) // no more than a quarter of the time
		}
		for _, grant := range requests {
			grant()
		}
		if stopping {
			return
		}
		n, err := unix.EpollWait(s.epoll, events, s.patience(next, hasty))
		if err != nil && !errors.Is(err, unix.EINTR) {
			s.fail(fmt.Errorf("wait for the next sample: %w", os.NewSyscallError("epoll_wait", err)))
			return
		}
		for _, event := range events[:max(n, 0)] {
			s.handle(event.Fd)
		}
	}
}

// patience is in milliseconds; without a watch there is nothing to look for.
func (s *samplerSource) patience(next, hasty time.Time) int {
	if len(s.watches) == 0 {
		return -1
	}
	if s.ground.tellsOfBirths() && (s.unheld == 0 || hasty.Before(next)) {
		next = hasty
	}
	return max(0, int(time.Until(next).Milliseconds())+1)
}

func (s *samplerSource) stirred() bool {
	return len(s.watches) > 0 && s.ground.tellsOfBirths() && s.ground.stirred()
}

func (s *samplerSource) handle(fd int32) {
	if int(fd) == s.bell {
		var count [8]byte
		_, _ = unix.Read(s.bell, count[:]) // what it rings for is in the mailbox
		return
	}
	if m, held := s.ends[fd]; held {
		s.watches[m.watch].ended(m.pid)
	}
}

// sampleAll takes the inner groups first, as their watches come first in
// everything.
func (s *samplerSource) sampleAll() {
	if len(s.watches) == 0 {
		return
	}
	var err error
	if s.list, err = s.ground.look(); err != nil {
		return // the next look may be luckier
	}
	for _, sample := range s.innerFirst() {
		sample.take()
	}
}

func (s *samplerSource) innerFirst() []*sample {
	return slices.SortedFunc(maps.Values(s.watches), func(a, b *sample) int {
		return len(b.watch.group.dir) - len(a.watch.group.dir)
	})
}

// close ends the goroutine. There are no watches any more.
func (s *samplerSource) close() error {
	err := s.stop()
	s.ground.rest()
	return errors.Join(err, s.closeFiles())
}

func (s *samplerSource) closeFiles() error {
	var errs []error
	for _, fd := range []int{s.epoll, s.bell} {
		if fd >= 0 {
			errs = append(errs, os.NewSyscallError("close", unix.Close(fd)))
		}
	}
	return errors.Join(errs...)
}

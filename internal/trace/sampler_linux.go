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
	s := &samplerSource{ground: on, epoll: -1, bell: -1, watches: map[*Watch]*sample{}, ends: map[int32]heldMember{}}
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
	next := time.Now()  // when it looks in any case
	hasty := time.Now() // when it may if somebody has been born
	for {
		requests, stopping := s.take()
		if began := time.Now(); len(requests) > 0 || !began.Before(next) || !began.Before(hasty) && s.stirred() {
			s.sampleAll()
			took := time.Since(began)
			next = time.Now().Add(samplePeriod)
			hasty = time.Now().Add(max(hastyPeriod, 3*took)) // no more than a quarter of the time
		} else if !began.Before(hasty) {
			hasty = began.Add(hastyPeriod)
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
	if s.ground.tellsOfBirths() && hasty.Before(next) {
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
	samples := slices.SortedFunc(maps.Values(s.watches), func(a, b *sample) int {
		return len(b.watch.group.dir) - len(a.watch.group.dir)
	})
	for _, sample := range samples {
		sample.take()
	}
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

package trace

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
	"jobobject/internal/trace/procevents"
)

// recheckPeriod is how often the connector's source looks for what messages do
// not tell: moves between groups.
const recheckPeriod = time.Second

// connectorSource hears of all processes of the machine, and finds out from
// /proc which of them are in a watched group.
type connectorSource struct {
	*mailbox
	listener *procevents.Listener
	places   places
	offset   time.Duration // of the clock of processes' births to that of the messages

	watches map[*Watch]struct{}
	members map[int]*followed
	young   map[int]procevents.Message // births of which it is not clear where
	lost    uint64
	checked time.Duration // when it was last rechecked; later births are announced, unless one was lost
}

func newConnectorSource() (source, error) {
	places, err := findPlaces()
	if err != nil {
		return nil, connectorRefused(err)
	}
	listener, err := procevents.Listen()
	if err != nil {
		return nil, connectorRefused(err)
	}
	s := &connectorSource{
		mailbox: newMailbox(listener.Interrupt), listener: listener, places: places, offset: clockOffset(),
		watches: map[*Watch]struct{}{}, members: map[int]*followed{}, young: map[int]procevents.Message{},
		checked: now(),
	}
	go s.work()
	return s, nil
}

func connectorRefused(err error) error {
	e := &kernel.NotSupportedError{Feature: "tracing with the proc connector", Cause: err}
	switch {
	case errors.Is(err, procevents.ErrNoAnswer), errors.Is(err, unix.ECONNREFUSED):
		e.Remedy = "run in the host's own namespaces (docker run --network host --pid host --cap-add NET_ADMIN)"
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		e.Remedy = "run as root in the host's own namespaces (as root: setcap cap_net_admin+ep " + ownFile() + ")"
	case errors.Is(err, unix.EPROTONOSUPPORT):
		e.Remedy = "a kernel built with CONFIG_CONNECTOR=y and CONFIG_PROC_EVENTS=y"
	}
	return e
}

// clockOffset is how far the boot clock is ahead of the monotonic one.
func clockOffset() time.Duration {
	var monotonic unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &monotonic); err != nil {
		return 0
	}
	return now() - time.Duration(monotonic.Nano())
}

func (s *connectorSource) means() Means { return ProcConnector }

func (s *connectorSource) misses() string {
	return fmt.Sprintf("its messages do not say in which group a process is: it misses those whose "+
		"parent and they themselves were gone before they could be looked up, notices moves after up to %v, "+
		"has no figure of what a process used, and may have the status of another thread if the first one ended before the others", 2*recheckPeriod)
}

// work is the goroutine.
func (s *connectorSource) work() {
	defer close(s.ended)
	recheck := time.Now().Add(recheckPeriod)
	for {
		requests, stopping := s.take()
		if err := s.drain(); err != nil {
			s.fail(err)
			return
		}
		if s.listener.Lost() != s.lost || !time.Now().Before(recheck) {
			s.recheck()
			recheck = time.Now().Add(recheckPeriod)
		}
		for _, grant := range requests {
			grant()
		}
		if stopping {
			return
		}
		if s.mail() {
			continue
		}
		howLong := time.Duration(-1)
		if len(s.watches) > 0 {
			howLong = max(0, time.Until(recheck))
		}
		if len(s.young) > 0 {
			howLong = settling
		}
		if err := s.listener.Wait(howLong); err != nil {
			s.fail(fmt.Errorf("wait for the proc connector: %w", err))
			return
		}
	}
}

// drain reads until there is nothing, or so much that others should have a turn.
func (s *connectorSource) drain() error {
	const turn = 1 << 14
	if _, err := s.listener.Drain(turn, s.hear); err != nil {
		return fmt.Errorf("read the proc connector: %w", err)
	}
	s.settleYoung()
	return nil
}

// close ends the goroutine. There are no watches any more.
func (s *connectorSource) close() error { return errors.Join(s.stop(), s.listener.Close()) }

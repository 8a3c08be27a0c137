package procevents

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Drain passes on the messages that have arrived, at most that many.
func (l *Listener) Drain(most int, tell func(*Message)) (messages int, err error) {
	var m Message
	for messages < most {
		heard, err := l.receive(&m)
		if err != nil || !heard {
			return messages, err
		}
		messages++
		tell(&m)
	}
	return messages, nil
}

// Lost is how many messages were lost so far, of whatever processes.
func (l *Listener) Lost() uint64 { return l.lost }

// receive tells whether there was a message.
func (l *Listener) receive(m *Message) (bool, error) {
	for {
		n, _, err := unix.Recvfrom(l.socket, l.buffer, 0)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ENOBUFS): // a gap shows how many
			continue
		case errors.Is(err, unix.EAGAIN):
			return false, nil
		case err != nil:
			return false, os.NewSyscallError("recvfrom", err)
		}
		if parse(l.buffer[:n], m) != nil {
			continue // of another connector that shares the group
		}
		if m.Kind != none {
			l.noteGap(m)
		}
		return true, nil
	}
}

// noteGap compares the numbers that each processor gives its messages.
func (l *Listener) noteGap(m *Message) {
	if expected, known := l.next[m.cpu]; known && m.sequence != expected {
		if gap := m.sequence - expected; gap < 1<<31 {
			l.lost += uint64(gap)
		}
	}
	l.next[m.cpu] = m.sequence + 1
}

// Wait waits for a message, for Interrupt, or for so long; for ever if that is
// negative.
func (l *Listener) Wait(atMost time.Duration) error {
	interrupted, err := l.poll(atMost)
	if interrupted {
		var count [8]byte
		_, _ = unix.Read(l.bell, count[:])
	}
	return err
}

func (l *Listener) poll(atMost time.Duration) (interrupted bool, err error) {
	milliseconds := -1
	if atMost >= 0 {
		milliseconds = int(atMost.Milliseconds()) + 1
	}
	fds := []unix.PollFd{{Fd: int32(l.socket), Events: unix.POLLIN}, {Fd: int32(l.bell), Events: unix.POLLIN}}
	if _, err := unix.Poll(fds, milliseconds); err != nil && !errors.Is(err, unix.EINTR) {
		return false, os.NewSyscallError("poll", err)
	}
	return fds[1].Revents != 0, nil
}

// Interrupt ends a Wait that goes on, or the next one.
func (l *Listener) Interrupt() error {
	_, err := unix.Write(l.bell, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	if errors.Is(err, unix.EAGAIN) {
		return nil
	}
	return os.NewSyscallError("write", err)
}

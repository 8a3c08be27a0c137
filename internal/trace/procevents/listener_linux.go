package procevents

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// What can be asked for, as in linux/cn_proc.h.
const (
	listen = 1
	ignore = 2
)

// ErrNoAnswer is of a kernel that takes the request and says nothing, ever.
var ErrNoAnswer = errors.New("the kernel does not answer, as it does outside of the initial pid and user namespaces")

// Listener hears the messages. It is for one goroutine, except Interrupt.
type Listener struct {
	socket, bell int
	buffer       []byte
	// next is the number that the next message of each processor should have.
	next map[uint32]uint32
	lost uint64
}

// patience is for the kernel's answer, which comes before the call returns.
const patience = 100 * time.Millisecond

// receiveBytes is room for the messages of some tenths of a second.
const receiveBytes = 8 << 20

// Listen begins to listen.
func Listen() (_ *Listener, err error) {
	l := &Listener{socket: -1, bell: -1, buffer: make([]byte, os.Getpagesize()), next: map[uint32]uint32{}}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("proc connector: %w", err), l.closeFiles())
		}
	}()
	if l.bell, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	l.socket, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_CONNECTOR)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	// Less room means that more is lost, which is counted.
	_ = unix.SetsockoptInt(l.socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBytes)
	if err := unix.Bind(l.socket, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: indexProc}); err != nil {
		return nil, os.NewSyscallError("bind", err)
	}
	token := rand.Uint32()
	if err := l.request(token, listen); err != nil {
		return nil, err
	}
	return l, l.awaitAnswer(token + 1)
}

// request marks the request in its ack field: the kernel answers with that
// number plus one, and fills the sequence number itself.
func (l *Listener) request(token, operation uint32) error {
	order := binary.NativeEndian
	message := make([]byte, connectorHeader+4)
	order.PutUint32(message, uint32(len(message)))
	order.PutUint16(message[4:], unix.NLMSG_DONE)
	order.PutUint32(message[netlinkHeader:], indexProc)
	order.PutUint32(message[netlinkHeader+4:], valueProc)
	order.PutUint32(message[netlinkHeader+12:], token)
	order.PutUint16(message[netlinkHeader+16:], 4)
	order.PutUint32(message[connectorHeader:], operation)
	err := unix.Sendto(l.socket, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	return os.NewSyscallError("sendto", err)
}

// awaitAnswer reads past the events of a busy system, and past answers to other
// listeners, which are heard by all.
func (l *Listener) awaitAnswer(answer uint32) error {
	for deadline := time.Now().Add(patience); ; {
		left := time.Until(deadline)
		if left <= 0 {
			return ErrNoAnswer
		}
		var m Message
		heard, err := l.receive(&m)
		switch {
		case err != nil:
			return err
		case !heard:
			if _, err := l.poll(left); err != nil {
				return err
			}
		case m.Kind == none && m.answer == answer && m.refusal != 0:
			return fmt.Errorf("listen: %w", unix.Errno(m.refusal))
		case m.Kind == none && m.answer == answer:
			return nil
		}
	}
}

// Close ends it.
func (l *Listener) Close() error {
	// Older kernels count the listeners and do not notice one that closes.
	return errors.Join(l.request(0, ignore), l.closeFiles())
}

func (l *Listener) closeFiles() error {
	var errs []error
	for _, fd := range []int{l.socket, l.bell} {
		if fd >= 0 {
			errs = append(errs, os.NewSyscallError("close", unix.Close(fd)))
		}
	}
	return errors.Join(errs...)
}

package probe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The proc connector's part of linux/connector.h and linux/cn_proc.h.
const (
	connectorIndexProc = 1
	connectorValueProc = 1

	procListen = 1
	procIgnore = 2

	procEventNone = 0 // the kernel's answer to listen and ignore

	// A netlink header, a connector header, then the content.
	connectorHeader = unix.NLMSG_HDRLEN + 20
	procEventAck    = connectorHeader + 16 // behind what, cpu and timestamp
)

var errNoConnectorAnswer = errors.New("proc connector: the kernel does not answer, as it does outside of the initial pid and user namespaces")

// procConnector subscribes to the kernel's process events, waits for the
// kernel to say that it did, and unsubscribes. The answer matters: outside of
// the initial namespaces everything succeeds and nothing is ever heard.
func (b *bench) procConnector() finding {
	if err := tryProcConnector(); err != nil {
		return no(err, b.remedyForProcConnector(err))
	}
	return yes("netlink tells of every fork, exec and exit")
}

func tryProcConnector() error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_CONNECTOR)
	if err != nil {
		return fmt.Errorf("proc connector: %w", os.NewSyscallError("socket", err))
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: connectorIndexProc}); err != nil {
		return fmt.Errorf("proc connector: %w", os.NewSyscallError("bind", err))
	}
	token := rand.Uint32()
	if err := sendProcRequest(fd, token, procListen); err != nil {
		return err
	}
	// Older kernels count the listeners and do not notice one that closes.
	defer sendProcRequest(fd, token, procIgnore)
	return awaitProcAnswer(fd, token+1)
}

// sendProcRequest marks the request in its ack field: the kernel answers with
// that number plus one, and fills the sequence number itself.
func sendProcRequest(fd int, token, operation uint32) error {
	order := binary.NativeEndian
	message := make([]byte, connectorHeader+4)
	order.PutUint32(message, uint32(len(message)))
	order.PutUint16(message[4:], unix.NLMSG_DONE)
	body := message[unix.NLMSG_HDRLEN:]
	order.PutUint32(body, connectorIndexProc)
	order.PutUint32(body[4:], connectorValueProc)
	order.PutUint32(body[12:], token)
	order.PutUint16(body[16:], 4)
	order.PutUint32(body[20:], operation)
	if err := unix.Sendto(fd, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("proc connector: %w", os.NewSyscallError("sendto", err))
	}
	return nil
}

// awaitProcAnswer reads past the events of a busy system, and past answers to
// other listeners, which are heard by all.
func awaitProcAnswer(fd int, ack uint32) error {
	order := binary.NativeEndian
	buf := make([]byte, os.Getpagesize())
	for deadline := time.Now().Add(patience / 5); ; {
		left := time.Until(deadline)
		if left <= 0 {
			return errNoConnectorAnswer
		}
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, int(left.Milliseconds())+1); err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("proc connector: %w", os.NewSyscallError("poll", err))
		}
		n, _, err := unix.Recvfrom(fd, buf, unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR), errors.Is(err, unix.ENOBUFS):
			continue
		case err != nil:
			return fmt.Errorf("proc connector: %w", os.NewSyscallError("recvfrom", err))
		}
		isAnswer := n >= procEventAck+4 &&
			order.Uint32(buf[connectorHeader:]) == procEventNone &&
			order.Uint32(buf[unix.NLMSG_HDRLEN+12:]) == ack
		if !isAnswer {
			continue
		}
		if refused := order.Uint32(buf[procEventAck:]); refused != 0 {
			return fmt.Errorf("proc connector: listen: %w", unix.Errno(refused))
		}
		return nil
	}
}

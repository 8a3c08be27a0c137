package supervisor

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// kind is what a message is about. They go over sockets that keep them apart.
type kind byte

const (
	// From the supervisor to the caller.
	started kind = 'S' // numbers and pidfds of command and supervisor
	failed  kind = 'F' // a failure
	resumed kind = 'r' // has been resumed, or why not: an errno
	// From the caller to the supervisor.
	seen        kind = 'A' // the command is known by now, and may be reaped when it ends
	resume      kind = 'R'
	killOnClose kind = 'K' // 1 or 0
	// From the proxy to the supervisor.
	descriptors kind = 'f' // their numbers, and they themselves
	complete    kind = 'g' // those were all; the proxy's pidfd
	// From the supervisor to the proxy.
	command   kind = 'P' // pidfds of command and ward
	stopped   kind = 's'
	continued kind = 'c'
	ended     kind = 'x' // its wait status
)

// message is one of them.
type message struct {
	kind    kind
	numbers []int
	text    string
	fds     []int // belong to whoever has received them
}

const (
	// The kernel takes 253 descriptors at once.
	mostDescriptors = 200
	longestMessage  = 16 << 10
)

// socketPair makes two ends, both closed on exec.
func socketPair() (one, other int, err error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return closed, closed, os.NewSyscallError("socketpair", err)
	}
	return ends[0], ends[1], nil
}

func send(fd int, m message) error {
	data := []byte{byte(m.kind)}
	data = binary.AppendUvarint(data, uint64(len(m.numbers)))
	for _, n := range m.numbers {
		data = binary.AppendVarint(data, int64(n))
	}
	data = append(data, m.text...)
	var rights []byte
	if len(m.fds) > 0 {
		rights = unix.UnixRights(m.fds...)
	}
	for {
		err := unix.Sendmsg(fd, data, rights, nil, unix.MSG_NOSIGNAL)
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("sendmsg", err)
		}
	}
}

// receive waits for a message unless flags say otherwise. It is io.EOF when the other side
// is gone.
func receive(fd, flags int) (message, error) {
	data, rights := make([]byte, longestMessage), make([]byte, unix.CmsgSpace(4*mostDescriptors))
	for {
		n, rn, _, _, err := unix.Recvmsg(fd, data, rights, flags|unix.MSG_CMSG_CLOEXEC)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ECONNRESET) || err == nil && n == 0:
			return message{}, io.EOF
		case err != nil:
			return message{}, os.NewSyscallError("recvmsg", err)
		}
		m, err := parseMessage(data[:n])
		m.fds = parseRights(rights[:rn])
		return m, err
	}
}

var errGarbled = errors.New("message is garbled")

func parseMessage(data []byte) (message, error) {
	m := message{kind: kind(data[0])}
	data = data[1:]
	count, size := binary.Uvarint(data)
	if size <= 0 || count > uint64(len(data)) {
		return m, errGarbled
	}
	data = data[size:]
	for range count {
		n, size := binary.Varint(data)
		if size <= 0 {
			return m, errGarbled
		}
		m.numbers, data = append(m.numbers, int(n)), data[size:]
	}
	m.text = string(data)
	return m, nil
}

func parseRights(rights []byte) (fds []int) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil
	}
	for i := range messages {
		if some, err := unix.ParseUnixRights(&messages[i]); err == nil {
			fds = append(fds, some...)
		}
	}
	return fds
}

// failure is why a command has not been started, as exec.Cmd would tell it.
func failure(op, path string, err error) message {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return message{kind: failed, numbers: []int{0, len(op), len(path)}, text: op + path + err.Error()}
	}
	return message{kind: failed, numbers: []int{int(errno), len(op), len(path)}, text: op + path}
}

// failure is the error in the message.
func (m message) failure() error {
	if len(m.numbers) != 3 || m.numbers[1]+m.numbers[2] > len(m.text) {
		return errGarbled
	}
	op, rest := m.text[:m.numbers[1]], m.text[m.numbers[1]:]
	path, text := rest[:m.numbers[2]], rest[m.numbers[2]:]
	var cause error = syscall.Errno(m.numbers[0])
	if m.numbers[0] == 0 {
		cause = errors.New(text)
	}
	return &os.PathError{Op: op, Path: path, Err: cause}
}

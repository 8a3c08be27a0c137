package procevents

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Kind is what a message tells, as in linux/cn_proc.h.
type Kind uint32

// The kinds that matter here; others come too.
const (
	none Kind = 0 // the answer to a request
	Fork Kind = 0x00000001
	Exec Kind = 0x00000002
	Exit Kind = 0x80000000
)

// Message is about one thread. Numbers are those of the initial namespace.
type Message struct {
	Kind   Kind
	Time   time.Duration // of the monotonic clock
	PID    int           // the process of the thread: of a fork the new one's
	Thread int           // the thread itself
	Parent int           // of a fork: the process that forked
	Status uint32        // of an exit: as wait(2) gives it, of the thread

	cpu      uint32
	sequence uint32
	answer   uint32
	refusal  uint32
}

// StartsProcess tells whether a fork made a process, not a thread: the first
// thread has the number of its process.
func (m *Message) StartsProcess() bool { return m.Kind == Fork && m.PID == m.Thread }

var errMalformed = errors.New("malformed message of the proc connector")

// Where things are: a netlink header, a connector header, then the event.
const (
	netlinkHeader   = 16
	connectorHeader = netlinkHeader + 20
	eventHeader     = connectorHeader + 16
	shortest        = eventHeader + 4
)

// The proc connector among the connectors, as in linux/connector.h.
const (
	indexProc = 1
	valueProc = 1
)

func parse(raw []byte, m *Message) error {
	if len(raw) < shortest {
		return fmt.Errorf("%w: %d bytes", errMalformed, len(raw))
	}
	at := func(offset int) uint32 { return binary.NativeEndian.Uint32(raw[offset:]) }
	if at(netlinkHeader) != indexProc || at(netlinkHeader+4) != valueProc {
		return fmt.Errorf("%w: it is of another connector", errMalformed)
	}
	*m = Message{
		Kind: Kind(at(connectorHeader)), cpu: at(connectorHeader + 4),
		Time:     time.Duration(binary.NativeEndian.Uint64(raw[connectorHeader+8:])),
		sequence: at(netlinkHeader + 8),
		answer:   at(netlinkHeader + 12),
	}
	switch m.Kind {
	case none:
		m.refusal = at(eventHeader)
	case Fork:
		return m.parseFork(raw[eventHeader:])
	case Exec, Exit:
		return m.parseOwn(raw[eventHeader:])
	}
	return nil
}

func (m *Message) parseFork(data []byte) error {
	if len(data) < 16 {
		return fmt.Errorf("%w: fork of %d bytes", errMalformed, len(data))
	}
	m.Parent = int(binary.NativeEndian.Uint32(data[4:]))
	m.Thread = int(binary.NativeEndian.Uint32(data[8:]))
	m.PID = int(binary.NativeEndian.Uint32(data[12:]))
	return nil
}

func (m *Message) parseOwn(data []byte) error {
	if len(data) < 12 {
		return fmt.Errorf("%w: %d bytes", errMalformed, len(data))
	}
	m.Thread = int(binary.NativeEndian.Uint32(data))
	m.PID = int(binary.NativeEndian.Uint32(data[4:]))
	if m.Kind == Exit {
		m.Status = binary.NativeEndian.Uint32(data[8:])
	}
	return nil
}

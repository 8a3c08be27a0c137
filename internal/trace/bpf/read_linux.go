package bpf

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/cilium/ebpf/ringbuf"
)

// What the programs know of the reader, as in maps.h.
const (
	awake  = iota
	paused // comes back by itself, unless it is urgent
	asleep
)

// past makes reading not wait.
var past = time.Unix(1, 0)

// Drain reads what was in the ring when it was called, and maybe more. What is
// told is valid during the call only.
func (p *Programs) Drain(tell func(*Record)) (records int, err error) {
	p.ring.SetDeadline(past)
	for left := p.ring.AvailableBytes(); left > 0; {
		err := p.ring.ReadInto(&p.sample)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return records, nil // what there was had been given up
		case errors.Is(err, ringbuf.ErrFlushed):
			continue
		case err != nil:
			return records, fmt.Errorf("read the ring: %w", err)
		}
		left -= lengthBytes + len(p.sample.RawSample)
		records++
		if err := p.tell(tell); err != nil {
			return records, err
		}
	}
	return records, nil
}

// lengthBytes is what the ring has before each record.
const lengthBytes = 8

func (p *Programs) tell(tell func(*Record)) error {
	if err := Decode(p.sample.RawSample, &p.record); err != nil {
		return fmt.Errorf("read the ring: %w", err)
	}
	tell(&p.record)
	return nil
}

// Wait waits until there is something to read, which may be read and told by
// then, or until Interrupt. With a pause, which is for a reader that has just
// had something to do, it is over after that time at the latest, and does not
// end for each record, only for one that is urgent: waking somebody up costs
// more than anything else here.
func (p *Programs) Wait(pause time.Duration, tell func(*Record)) (records int, err error) {
	word, deadline := uint32(asleep), time.Time{}
	if pause > 0 {
		// The poller under the ring cuts off what is no whole millisecond.
		word, deadline = paused, time.Now().Add(pause+time.Millisecond-1)
	}
	atomic.StoreUint32(p.control.reader, word)
	defer atomic.StoreUint32(p.control.reader, awake)
	// Room is reserved before a program looks at the word. So either it sees
	// that word, or its record is seen here.
	if p.ring.AvailableBytes() > 0 {
		return 0, nil
	}
	p.ring.SetDeadline(deadline)
	err = p.ring.ReadInto(&p.sample)
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, ringbuf.ErrFlushed) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("wait for the ring: %w", err)
	}
	return 1, p.tell(tell)
}

// Interrupt ends a Wait that goes on, or the next one.
func (p *Programs) Interrupt() error { return p.ring.Flush() }

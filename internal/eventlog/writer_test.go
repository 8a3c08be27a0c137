package eventlog

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

// disk takes that many lines.
type disk struct {
	strings.Builder
	room   int
	closed bool
}

func (d *disk) Write(p []byte) (int, error) {
	if d.room == 0 {
		return 0, syscall.ENOSPC
	}
	d.room--
	return d.Builder.Write(p)
}

func (d *disk) Close() error {
	d.closed = true
	return nil
}

func TestAFullDiskEndsTheLogAndIsToldOfOnceAtTheEnd(t *testing.T) {
	out := &disk{room: 3}
	w := NewWriter(out)
	for i, e := range given() {
		w.Write(e)
		if i == 5 {
			out.room = 100 // too late: a gap in the middle could not be seen
		}
	}
	err := w.Close()
	if !errors.Is(err, syscall.ENOSPC) || !strings.HasSuffix(err.Error(), "; the last 15 events are missing in it") {
		t.Errorf("at the end: %v", err)
	}
	if lines := strings.Count(out.String(), "\n"); lines != 3 {
		t.Errorf("%d lines were written", lines)
	}
	if !out.closed {
		t.Error("the file is open still")
	}
}

func TestALogThatWasWrittenIsNoTrouble(t *testing.T) {
	out := &disk{room: 100}
	w := NewWriter(out)
	for _, e := range given() {
		w.Write(e)
	}
	if err := w.Close(); err != nil || strings.Count(out.String(), "\n") != len(given()) {
		t.Errorf("%v, written:\n%s", err, out.String())
	}
}

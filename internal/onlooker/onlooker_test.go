package onlooker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// machine has one group, in which the test lets things happen. It is the tracer
// and its watch as well.
type machine struct {
	tell    func(kernel.Event)
	removed chan struct{}
	closed  int
	put     int // how often the means were
	broken  error
	early   []kernel.Event // told before Watch returns
}

func newMachine() *machine { return &machine{removed: make(chan struct{})} }

func (m *machine) GroupOf(pid int) (string, error) {
	switch pid {
	case 1:
		return "", kernel.ErrNotInJob
	case 2:
		return "", kernel.ErrProcessExited
	}
	return "group", nil
}

func (m *machine) AwaitRemoval(ctx context.Context, name string) error {
	select {
	case <-m.removed:
		return m.broken
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *machine) Watch(name string, tell func(kernel.Event)) (group.Watch, error) {
	if name != "group" {
		return nil, fmt.Errorf("unknown group %q", name)
	}
	m.tell = tell
	for _, e := range m.early {
		tell(e)
	}
	return m, nil
}

func (m *machine) Flush(context.Context) error {
	m.tell(about(kernel.EventExit, 9)) // it had happened, and was on its way
	return nil
}

func (m *machine) Usage() (group.Usage, error) { return group.Usage{}, nil }
func (m *machine) Close() error                { m.closed++; return nil }

func (m *machine) Open() (group.Means, error) { return paper{m}, nil }

type paper struct{ *machine }

func (paper) Name() string   { return "paper" }
func (paper) Misses() string { return "much" }
func (p paper) Close()       { p.put++ }

func (paper) CountsBytes() bool { return false }

func about(kind kernel.EventKind, pid int) kernel.Event {
	return kernel.Event{Kind: kind, Process: kernel.ProcessID{Pid: pid}}
}

func look(t *testing.T, m *machine) kernel.Events {
	t.Helper()
	events, err := Look(m, m, 7)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// rest reads to the end, as words.
func rest(t *testing.T, events kernel.Events) (words []string, err error) {
	t.Helper()
	for seq := uint64(1); ; seq++ {
		e, err := events.Next(t.Context())
		if err != nil {
			return words, err
		}
		if e.Seq != seq {
			t.Errorf("number %d comes after %d", e.Seq, seq-1)
		}
		words = append(words, fmt.Sprintf("%v %d", e.Kind, e.Process.Pid))
	}
}

func TestAnOnlookerSeesAllFromTheBeginningToTheEndOfTheGroup(t *testing.T) {
	m := newMachine()
	m.early = []kernel.Event{about(kernel.EventPresent, 7)}
	events := look(t, m)
	m.tell(about(kernel.EventBirth, 8))
	m.tell(about(kernel.EventExit, 7))
	m.tell(about(kernel.EventExit, 8))
	m.tell(about(kernel.EventJoin, 9)) // MSG-10
	close(m.removed)

	got, err := rest(t, events)
	if !errors.Is(err, io.EOF) {
		t.Errorf("it ended with %v", err)
	}
	want := []string{"begin 0", "present 7", "birth 8", "exit 7", "exit 8", "empty 0", "join 9", "exit 9", "empty 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := errors.Join(events.Close(), events.Close()); err != nil || m.closed != 1 {
		t.Errorf("the watch was closed %d times (%v)", m.closed, err)
	}
}

func TestWhoIsInNoJobOrGoneIsSaidSo(t *testing.T) {
	m := newMachine()
	for pid, want := range map[int]error{1: kernel.ErrNotInJob, 2: kernel.ErrProcessExited} {
		if _, err := Look(m, m, pid); !errors.Is(err, want) {
			t.Errorf("pid %d: %v, want %v", pid, err, want)
		}
	}
}

func TestASlowReaderIsToldHowMuchItMissed(t *testing.T) {
	const more = 100
	m := newMachine()
	events := look(t, m)
	for range bound + more {
		m.tell(about(kernel.EventExec, 7))
	}
	if _, err := events.Next(t.Context()); err != nil { // the begin
		t.Fatal(err)
	}
	for range 2 {
		if _, err := events.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	m.tell(about(kernel.EventExec, 8))
	close(m.removed)
	read, lost, behind := 0, uint64(0), 0
	for {
		e, err := events.Next(t.Context())
		if err != nil {
			break
		}
		if e.Kind == kernel.EventLost {
			lost += e.Lost
			continue
		}
		if lost > 0 && behind == 0 {
			behind = e.Process.Pid
		}
		read++
	}
	if behind != 8 {
		t.Errorf("behind the gap comes an event of %d, not the one that had room again", behind)
	}
	// The two that were read made room; what Flush tells finds none.
	if want := uint64(bound + more + 3 - 2 - read); lost != want || lost < more {
		t.Errorf("%d lost and %d read, want %d lost", lost, read, want)
	}
}

func TestWaitingEndsWithTheContextAndTheStreamWithClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine()
		events := look(t, m)
		if _, err := events.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := events.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the wait ended with %v", err)
		}
		if err := events.Close(); err != nil || m.closed != 1 {
			t.Errorf("close: %v; the watch was closed %d times", err, m.closed)
		}
	})
}

func TestAStreamThatCannotSeeTheEndSaysSo(t *testing.T) {
	m := newMachine()
	m.broken = errors.New("broken")
	events := look(t, m)
	close(m.removed)
	if _, err := rest(t, events); !errors.Is(err, m.broken) {
		t.Errorf("it ended with %v", err)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"jobobject"
)

// paperStream tells these events and then ends with that error.
type paperStream struct {
	events []jobobject.Event
	end    error
}

func (s *paperStream) Next(ctx context.Context) (jobobject.Event, error) {
	if len(s.events) == 0 {
		if s.end == nil {
			<-ctx.Done()
			return jobobject.Event{}, ctx.Err()
		}
		return jobobject.Event{}, s.end
	}
	e := s.events[0]
	s.events = s.events[1:]
	return e, nil
}

func (s *paperStream) Close() error { return nil }

func TestFollowedEventsAreLinesForPeopleOrPrograms(t *testing.T) {
	for asJSON, want := range map[bool]string{
		false: "    0.000000  begin      told by eBPF\n    0.000000  birth          100  main             by 1\n",
		true:  `{"seq":1,"time":"0001-01-01T00:00:00.000000000Z","event":"begin","version":1,"means":"eBPF","misses":null}` + "\n",
	} {
		var out strings.Builder
		err := passEvents(t.Context(), &paperStream{[]jobobject.Event{begins, mainComes}, io.EOF}, lineWriter(&out, asJSON))
		if err != nil || !strings.HasPrefix(out.String(), want) || strings.Count(out.String(), "\n") != 2 {
			t.Errorf("%v, written:\n%s", err, out.String())
		}
	}
}

func TestFollowingEndsWithAnInterruptAndWithoutAnError(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	stream := &paperStream{events: []jobobject.Event{begins}} // and then nothing happens
	err := passEvents(ctx, stream, func(jobobject.Event) error {
		interrupt()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWhatCannotBeReadOrWrittenIsAnError(t *testing.T) {
	broken := errors.New("broken")
	if err := passEvents(t.Context(), &paperStream{nil, broken}, nil); !errors.Is(err, broken) {
		t.Errorf("a stream that breaks: %v", err)
	}
	full := func(jobobject.Event) error { return broken }
	if err := passEvents(t.Context(), &paperStream{[]jobobject.Event{begins}, io.EOF}, full); !errors.Is(err, broken) {
		t.Errorf("a place that is full: %v", err)
	}
}

func TestWhoMayNotLookIsToldWhoMay(t *testing.T) {
	err := explainLook(7, fmt.Errorf("watch: %w", fs.ErrPermission))
	if want := "you may not watch the job of process 7: watch: permission denied; its owner or root may"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

package bench

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestContestantsTakeTurnsWithGapsBetweenThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		last := time.Now()
		contestant := func(name string, takes time.Duration) Contestant {
			return Contestant{Name: name, Turn: func(context.Context) (time.Duration, error) {
				if idle := time.Since(last); idle != Gap {
					t.Errorf("%s ran after %v of idleness, want %v", name, idle, Gap)
				}
				order = append(order, name)
				time.Sleep(takes)
				last = time.Now()
				return takes, nil
			}}
		}
		samples, err := Compete(t.Context(), []Contestant{contestant("a", 1), contestant("b", 2), contestant("c", 3)}, 3)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a", "b", "c", "b", "c", "a", "c", "a", "b"}, order); diff != "" {
			t.Errorf("order of turns (-want +got):\n%s", diff)
		}
		want := map[string]Sample{"a": {1, 1, 1}, "b": {2, 2, 2}, "c": {3, 3, 3}}
		if diff := cmp.Diff(want, samples); diff != "" {
			t.Errorf("samples (-want +got):\n%s", diff)
		}
	})
}

func TestFailedTurnEndsTheContestAndNamesWho(t *testing.T) {
	cause := errors.New("no legs")
	_, err := Compete(t.Context(), []Contestant{{Name: "snail", Turn: func(context.Context) (time.Duration, error) {
		return 0, cause
	}}}, 3)
	if !errors.Is(err, cause) || err.Error() != "snail, round 1: no legs" {
		t.Errorf("error = %v", err)
	}
}

func TestEndedContextEndsTheContestWithItsCause(t *testing.T) {
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	turns := 0
	_, err := Compete(ctx, []Contestant{{Name: "a", Turn: func(context.Context) (time.Duration, error) {
		turns++
		cancel(cause)
		return 0, errors.New("killed, as everybody")
	}}}, 3)
	if !errors.Is(err, cause) || turns != 1 {
		t.Errorf("after %d turns the error is %v, want one turn and %v", turns, err, cause)
	}
}

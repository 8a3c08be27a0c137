package cgroup

import (
	"context"
	"errors"
	"testing"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
)

func TestAStrangerFindsTheInnermostGroupOfAProcess(t *testing.T) {
	outer := newGroup(t, group.State{})
	groups := newGroups(t)
	inner := madeGroup(t, planned(t, groups, outer.Place()), group.State{})
	pid, _ := joined(t, inner, "sleep")
	if got, err := groups.GroupOf(pid); err != nil || got != inner.Name() {
		t.Errorf("found %q (%v), want %q", got, err, inner.Name())
	}
	if got, err := groups.GroupOf(1); !errors.Is(err, kernel.ErrNotInJob) {
		t.Errorf("init is in %q (%v)", got, err)
	}
	const nobody = 1 << 22 // the kernel gives no such number
	if got, err := groups.GroupOf(nobody); !errors.Is(err, kernel.ErrProcessExited) {
		t.Errorf("nobody is in %q (%v)", got, err)
	}
}

func TestARemovalIsWaitedFor(t *testing.T) {
	testkit.NoLeaks(t)
	groups := newGroups(t)
	top, err := groups.Top()
	if err != nil {
		t.Fatal(err)
	}
	g, beside := madeGroup(t, planned(t, groups, top), group.State{}), madeGroup(t, planned(t, groups, top), group.State{})

	ctx, cancel := context.WithCancel(t.Context())
	given := make(chan error, 1)
	go func() { given <- groups.AwaitRemoval(ctx, g.Name()) }()
	removed := make(chan error, 1)
	go func() { removed <- groups.AwaitRemoval(t.Context(), g.Name()) }()

	cancel()
	if err := <-given; !errors.Is(err, context.Canceled) {
		t.Errorf("a wait that was given up ended with %v", err)
	}
	if err := beside.Remove(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-removed:
		t.Fatalf("it ended (%v) while the group was there", err)
	default:
	}
	if err := g.Remove(); err != nil {
		t.Fatal(err)
	}
	if err := <-removed; err != nil {
		t.Error(err)
	}
	if err := groups.AwaitRemoval(t.Context(), g.Name()); err != nil {
		t.Errorf("wait for what is gone: %v", err)
	}
}

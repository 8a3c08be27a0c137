package cgroup

import (
	"os"
	"path/filepath"
	"testing"

	"jobobject/internal/group"
	"jobobject/internal/testkit"
)

// abandon makes a group what the death of its owner makes it: nobody's.
func abandon(g *Group) { g.Release() }

func TestASweepEndsWhatShouldHaveDiedWithItsOwner(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{KillOnClose: true})
	main, _ := joined(t, g, "tree", "2", "2")
	abandon(g)
	sweep(filepath.Dir(g.dir))
	if exists(g.dir) {
		t.Errorf("%s is still there", g.dir)
	}
	if testkit.Alive(main) {
		t.Errorf("its member %d is still alive", main)
	}
}

func TestASweepLeavesAlone(t *testing.T) {
	for name, given := range map[string]func(*testing.T) *Group{
		"a group in use": func(t *testing.T) *Group {
			g := newGroup(t, group.State{KillOnClose: true})
			joined(t, g, "sleep")
			return g
		},
		"an empty group in use": func(t *testing.T) *Group { return newGroup(t, group.State{KillOnClose: true}) },
		"an abandoned group that may outlive its owner and has a member": func(t *testing.T) *Group {
			g := newGroup(t, group.State{})
			joined(t, g, "sleep")
			abandon(g)
			return g
		},
		"an abandoned group with one in it that is in use": func(t *testing.T) *Group {
			outer := newGroup(t, group.State{})
			inner := madeGroup(t, planned(t, newGroups(t), outer.Place()), group.State{KillOnClose: true})
			joined(t, inner, "sleep")
			abandon(outer)
			return inner
		},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			g := given(t)
			before, err := g.Members()
			if err != nil {
				t.Fatal(err)
			}
			sweep(newGroups(t).ground())
			if !exists(g.leafDir()) {
				t.Fatalf("%s is gone", g.leafDir())
			}
			if after, err := g.Members(); err != nil || len(after) != len(before) {
				t.Errorf("members were %v, are %v (%v)", before, after, err)
			}
		})
	}
}

func TestASweepRemovesAnEmptyAbandonedGroupWithAllInIt(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newGroup(t, group.State{})
	inner := madeGroup(t, planned(t, newGroups(t), outer.Place()), group.State{})
	abandon(outer)
	abandon(inner)
	sweep(newGroups(t).ground())
	if exists(outer.dir) {
		t.Errorf("%s is still there", outer.dir)
	}
}

func TestADirectoryThatIsSweptBeforeItIsLockedIsMadeAgain(t *testing.T) {
	testkit.NoLeaks(t)
	home := newGroups(t).ground()
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			default:
				sweep(home)
			}
		}
	}()
	defer func() { close(done); <-stopped }()
	for range 200 {
		groups := newGroups(t)
		top, err := groups.Top()
		if err != nil {
			t.Fatal(err)
		}
		g := planned(t, groups, top)
		if err := g.Make(group.State{KillOnClose: true}, false); err != nil {
			t.Fatalf("make a group while others sweep: %v", err)
		}
		if _, err := os.Stat(g.leafDir()); err != nil {
			t.Fatalf("it was swept after it was made: %v", err)
		}
		if err := g.Remove(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDestroyOfNothingIsFine(t *testing.T) {
	if err := Destroy(filepath.Join(newGroups(t).ground(), groupPrefix+"neverwas"), soon); err != nil {
		t.Error(err)
	}
}

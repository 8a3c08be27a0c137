package cgroup

import (
	"path/filepath"
	"strconv"
	"testing"

	"jobobject/internal/group"
	"jobobject/internal/testkit"
)

func TestRemoveTakesTheShadowsAlong(t *testing.T) {
	for name, end := range map[string]func(*Group) error{
		"removed":   func(g *Group) error { return g.Remove() },
		"destroyed": func(g *Group) error { g.Release(); return Destroy(g.dir, soon) },
		"swept":     func(g *Group) error { g.Release(); sweep(filepath.Dir(g.dir)); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			g := held(t, group.Limits{CPUWeight: 1, Tasks: 50})
			joined(t, g, "tree", "2", "2")
			dirs := g.shadowDirs()
			if err := g.End(soon, notStarting); err != nil {
				t.Fatal(err)
			}
			if err := end(g); err != nil {
				t.Fatal(err)
			}
			for _, dir := range append(dirs, g.dir) {
				if exists(dir) {
					t.Errorf("%s is still there", dir)
				}
			}
		})
	}
}

// A privileged process can leave the group and not its shadow.
func TestWhoHasLeftTheGroupOnlyIsPutOutOfItsShadow(t *testing.T) {
	testkit.NoLeaks(t)
	g := held(t, group.Limits{CPUWeight: 1})
	main, _ := joined(t, g, "sleep")
	if len(g.shadows) == 0 {
		t.Skip("cgroup v2 has the controller")
	}
	if err := writeFile(filepath.Dir(g.dir)+"/cgroup.procs", strconv.Itoa(main)); err != nil {
		t.Fatal(err)
	}
	dirs := g.shadowDirs()
	if err := g.Remove(); err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		if exists(dir) {
			t.Errorf("%s is still there", dir)
		}
	}
	if !testkit.Alive(main) {
		t.Error("it was ended")
	}
}

// As those are that were on their way in when the limit was set.
func TestMembersThatAreOutsideOfTheShadowAreBroughtIn(t *testing.T) {
	testkit.NoLeaks(t)
	g := held(t, group.Limits{CPUWeight: 1})
	main, others := joined(t, g, "tree", "2", "2")
	s := g.shadow("cpu")
	if s == nil {
		t.Skip("cgroup v2 has the controller")
	}
	for _, pid := range append(others, main) {
		if err := enterShadow(filepath.Dir(s.dir), pid); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.settleAll(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range append(others, main) {
		requireInShadows(t, g, pid)
	}
}

package cgroup

import (
	"errors"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"jobobject/internal/cgroupfs"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
)

func TestCanMakeAgreesWithMake(t *testing.T) {
	groups := newGroups(t)
	can := groups.CanMake()
	top, err := groups.Top()
	if err != nil {
		t.Fatal(err)
	}
	g := planned(t, groups, top)
	if err := g.Make(group.State{}, false); (err == nil) != (can == nil) {
		t.Fatalf("it is said to be %v, and it is %v", can, err)
	}
	if can == nil {
		if err := g.Remove(); err != nil {
			t.Error(err)
		}
	}
}

func TestCanMakeSaysWhatIsInTheWay(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give cgroups away and take on other rights")
	}
	const nobody = 65534
	for name, c := range map[string]struct {
		given func(t *testing.T, dir string) string // the directory to make groups in
		uid   int
		want  error // nil: they can be made
	}{
		"one's own":         {given: func(_ *testing.T, dir string) string { return dir }},
		"somebody else's":   {given: func(_ *testing.T, dir string) string { return dir }, uid: nobody, want: unix.EACCES},
		"delegated":         {given: func(t *testing.T, dir string) string { return give(t, dir, dir, dir+"/cgroup.procs") }, uid: nobody},
		"half delegated":    {given: func(t *testing.T, dir string) string { return give(t, dir, dir) }, uid: nobody, want: unix.EACCES},
		"removed meanwhile": {given: func(_ *testing.T, dir string) string { return dir + "/gone" }, want: unix.ENOENT},
		"for threads":       {given: threaded, want: errThreaded},
		"a job's, from its leaf": {given: func(t *testing.T, dir string) string {
			return below(t, below(t, dir, groupPrefix+"x"), leafName)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			g := &Groups{v2: cgroupfs.Hierarchy{OwnDir: c.given(t, testkit.TempGroup(t))}}
			var err error
			as(t, c.uid, func() { err = g.CanMake() })
			if !errors.Is(err, c.want) {
				t.Fatalf("error is %v, want %v", err, c.want)
			}
			var unsupported *kernel.NotSupportedError
			if errors.As(err, &unsupported) && unsupported.Remedy == "" {
				t.Errorf("nothing helps against %v", err)
			}
		})
	}
}

func give(t *testing.T, dir string, files ...string) string {
	t.Helper()
	for _, file := range files {
		if err := os.Chown(file, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func below(t *testing.T, dir, name string) string {
	t.Helper()
	if err := os.Mkdir(dir+"/"+name, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir + "/" + name
}

func threaded(t *testing.T, dir string) string {
	inner := below(t, dir, "inner")
	if err := writeFile(inner+"/cgroup.type", "threaded"); err != nil {
		t.Fatal(err)
	}
	return inner
}

// as does something with the rights to files that this user has. They are those of a
// thread, which ends with them.
func as(t *testing.T, uid int, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good
		if uid != 0 {
			if err := unix.Setfsuid(uid); err != nil {
				t.Error(err)
				return
			}
		}
		do()
	}()
	<-done
}

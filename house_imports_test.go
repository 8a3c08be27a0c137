package jobobject_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "jobobject"

// layer says what a package may import: of the module, and of what is neither in
// the module nor in the standard library.
type layer struct {
	pkg     string
	module  []string
	outside []string
	// onlyLinux are further packages of the module for its *_linux.go files: the
	// one place where a system is chosen.
	onlyLinux []string
	// never are packages of the standard library that would give away that it
	// does what it leaves to others.
	never []string
}

const (
	xunix     = "golang.org/x/sys/unix"
	mountinfo = "github.com/moby/sys/mountinfo"
	ebpf      = "github.com/cilium/ebpf"
	dbus      = "github.com/godbus/dbus/v5"
)

// layers has the packages from the ground up: each may import only what stands
// before it. A package that is not here has no place yet; give it one.
var layers = []layer{
	{pkg: "internal/kernel", never: []string{"syscall"}},
	{pkg: "internal/queue", module: []string{"internal/kernel"}, never: []string{"syscall"}},
	{pkg: "internal/port", module: []string{"internal/kernel", "internal/queue"}, never: []string{"syscall"}},
	{pkg: "internal/group", module: []string{"internal/kernel"}, never: []string{"syscall"}},
	{pkg: "internal/engine", module: []string{"internal/kernel", "internal/queue", "internal/group"}, never: []string{"syscall", "os/signal"}},

	{pkg: "internal/cgroupfs", outside: []string{xunix, mountinfo}},
	{pkg: "internal/delegation", module: []string{"internal/kernel", "internal/cgroupfs"}, outside: []string{xunix, dbus}},
	{pkg: "internal/pidfd", module: []string{"internal/kernel"}, outside: []string{xunix}},
	{pkg: "internal/child", module: []string{"internal/kernel", "internal/pidfd"}, outside: []string{xunix}},
	{pkg: "internal/member", module: []string{"internal/kernel", "internal/group", "internal/pidfd"}, outside: []string{xunix}},
	{pkg: "internal/lookout", module: []string{"internal/kernel", "internal/member"}, outside: []string{xunix}},
	{
		pkg: "internal/cgroup",
		module: []string{
			"internal/kernel", "internal/group", "internal/cgroupfs", "internal/pidfd", "internal/child", "internal/member",
			"internal/lookout",
		},
		outside: []string{xunix},
	},
	{pkg: "internal/proctable", module: []string{"internal/kernel"}, outside: []string{xunix}},
	{
		pkg:     "internal/supervisor",
		module:  []string{"internal/kernel", "internal/pidfd", "internal/child", "internal/proctable"},
		outside: []string{xunix},
	},
	{
		pkg: "internal/proctree",
		module: []string{
			"internal/kernel", "internal/group", "internal/pidfd", "internal/child", "internal/member", "internal/lookout",
			"internal/proctable", "internal/supervisor",
		},
		outside: []string{xunix},
	},
	{
		pkg:       "internal/mechanism",
		module:    []string{"internal/kernel", "internal/group"},
		onlyLinux: []string{"internal/cgroup", "internal/delegation", "internal/proctree"},
		outside:   []string{xunix},
	},
	{pkg: "internal/guard/sentry"},
	{
		pkg:     "internal/guard",
		module:  []string{"internal/pidfd", "internal/cgroup", "internal/guard/sentry"},
		outside: []string{xunix},
	},
	{pkg: "internal/trace/bpf", outside: []string{xunix, ebpf, ebpf + "/btf", ebpf + "/ringbuf"}},
	{pkg: "internal/trace/procevents", outside: []string{xunix}},
	{
		pkg:     "internal/trace",
		module:  []string{"internal/kernel", "internal/cgroupfs", "internal/trace/bpf", "internal/trace/procevents"},
		outside: []string{xunix, ebpf},
	},
	{pkg: "internal/tracing", module: []string{"internal/kernel", "internal/group", "internal/trace"}, outside: []string{xunix}},
	{pkg: "internal/probe", module: []string{"internal/group", "internal/kernel", "internal/cgroupfs", "internal/delegation", "internal/mechanism"}, outside: []string{xunix, mountinfo}},

	{
		pkg:       ".",
		module:    []string{"internal/kernel", "internal/probe", "internal/port", "internal/mechanism"},
		onlyLinux: []string{"internal/engine", "internal/group", "internal/cgroup", "internal/member", "internal/guard", "internal/tracing"},
		never:     []string{"syscall"},
	},

	// What the command needs beside jobs.
	{pkg: "internal/supervise"},
	{pkg: "internal/terminal", outside: []string{xunix}},
	{pkg: "internal/reaper", outside: []string{xunix}},
	{pkg: "internal/report", module: []string{"."}, outside: []string{xunix}},
	{pkg: "internal/onlooker", module: []string{"internal/kernel", "internal/queue", "internal/group"}},
	{pkg: "internal/eventlog", module: []string{".", "internal/report"}},
	{pkg: "internal/lineage", module: []string{".", "internal/report", "internal/eventlog"}},
	{
		pkg: "cmd/job",
		module: []string{
			".", "internal/probe", "internal/supervise", "internal/terminal", "internal/reaper", "internal/report",
			"internal/eventlog", "internal/lineage",
		},
		outside: []string{xunix},
		// For the last words to the guard: a program that ends says so itself. And
		// for looking at the jobs of other processes, to which there is no handle.
		onlyLinux: []string{
			"internal/kernel", "internal/guard", "internal/cgroupfs", "internal/cgroup", "internal/member",
			"internal/mechanism", "internal/tracing", "internal/onlooker", "internal/proctable",
		},
	},

	// Users of the library like any other.
	{pkg: "examples/waitall", module: []string{"."}},
	{pkg: "examples/monitor", module: []string{"."}},
	{pkg: "examples/restricted", module: []string{"."}},

	// What only tests and figures are made with.
	{pkg: "internal/fixture/inherited"},
	{pkg: "internal/fixture", module: []string{"internal/fixture/inherited"}, outside: []string{xunix}},
	{pkg: "internal/fakegroup", module: []string{"internal/kernel", "internal/group"}},
	{pkg: "internal/model", module: []string{"internal/kernel"}, outside: []string{"pgregory.net/rapid"}},
	{pkg: "internal/conformance", module: []string{"."}},
	{pkg: "internal/testkit", module: []string{"internal/fixture/inherited"}, outside: []string{xunix, "go.uber.org/goleak"}},
	{pkg: "internal/bench", module: []string{".", "internal/cgroupfs"}, outside: []string{xunix}},
	{pkg: "internal/cmd/bench", module: []string{"internal/bench"}},
	{pkg: "internal/cmd/matrix"},
}

// forTests are what tests of any layer may import beside what their package may.
var forTests = layer{
	module: []string{"internal/kernel", "internal/testkit", "internal/fixture/inherited", "internal/fakegroup", "internal/model", "internal/port"},
	outside: []string{
		xunix, "github.com/google/go-cmp/cmp", "github.com/google/go-cmp/cmp/cmpopts", "go.uber.org/goleak",
		"github.com/rogpeppe/go-internal/testscript", "pgregory.net/rapid",
		"github.com/creack/pty",
	},
}

func TestImportsPointDownwards(t *testing.T) {
	homeless := map[string]bool{}
	for _, s := range sources(t) {
		i := slices.IndexFunc(layers, func(l layer) bool { return l.pkg == s.pkg })
		if i < 0 {
			if !homeless[s.pkg] {
				t.Errorf("package %s has no place in the table of layers", s.pkg)
			}
			homeless[s.pkg] = true
			continue
		}
		for _, spec := range s.syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := layers[i].refuses(s, imported); why != "" {
				t.Errorf("%s imports %s: %s", s.path, imported, why)
			}
		}
	}
}

// refuses says why that file may not import that package; "" if it may.
func (l layer) refuses(s source, imported string) string {
	own, ofModule := strings.CutPrefix(imported, module+"/")
	if imported == module {
		own, ofModule = ".", true
	}
	switch {
	case ofModule:
		may := slices.Clone(l.module)
		if strings.HasSuffix(s.path, "_linux.go") {
			may = append(may, l.onlyLinux...)
		}
		if s.isTest() {
			may = slices.Concat(may, forTests.module, l.onlyLinux, []string{l.pkg})
		}
		if !slices.Contains(may, own) {
			return "not among what its layer may know"
		}
	case strings.Contains(strings.Split(imported, "/")[0], "."):
		if !slices.Contains(l.outside, imported) && !(s.isTest() && slices.Contains(forTests.outside, imported)) {
			return "not among the dependencies of its layer"
		}
	case slices.Contains(l.never, imported) && !s.isTest():
		return "its layer leaves that to others"
	}
	return ""
}

func TestLayersStandOnWhatIsBelowThem(t *testing.T) {
	var below []string
	for _, l := range layers {
		for _, imported := range slices.Concat(l.module, l.onlyLinux) {
			if !slices.Contains(below, imported) {
				t.Errorf("%s may import %s, which does not stand below it", l.pkg, imported)
			}
		}
		below = append(below, l.pkg)
	}
}

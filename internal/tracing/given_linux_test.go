package tracing

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
	"jobobject/internal/trace"
)

func TestMain(m *testing.M) { os.Exit(testkit.Main(m)) }

// patience is for what a loaded machine does in a fraction of it.
const patience = time.Minute

// tracerWith makes a tracer with that means, and skips the test where the host
// refuses it.
func tracerWith(t testing.TB, means trace.Means) *Tracer {
	t.Helper()
	probe, err := trace.OpenOnly(means)
	if errors.Is(err, kernel.ErrNotSupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // also keeps it loaded: a test has better things to wait for
		if err := probe.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Tracer{open: func() (*trace.Tracer, error) { return trace.OpenOnly(means) }}
}

// listener is a watch and what it has told so far.
type listener struct {
	group.Watch
	t testing.TB

	mu     sync.Mutex
	events []kernel.Event
}

func open(t testing.TB, tracer *Tracer) group.Means {
	t.Helper()
	means, err := tracer.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(means.Close)
	return means
}

func listen(t testing.TB, tracer *Tracer, dir string) *listener {
	t.Helper()
	l := &listener{t: t}
	w, err := tracer.Watch(dir, func(e kernel.Event) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events = append(l.events, e)
	})
	if err != nil {
		t.Fatal(err)
	}
	l.Watch = w
	t.Cleanup(l.close)
	return l
}

func (l *listener) close() {
	l.t.Helper()
	if err := l.Close(); err != nil {
		l.t.Errorf("close watch: %v", err)
	}
}

// told are the events so far.
func (l *listener) told() []kernel.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.events)
}

// flushed are the events when all that has happened has been told.
func (l *listener) flushed() []kernel.Event {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := l.Flush(ctx); err != nil {
		l.t.Fatal(err)
	}
	return l.told()
}

func (l *listener) usage() group.Usage {
	l.t.Helper()
	usage, err := l.Usage()
	if err != nil {
		l.t.Fatal(err)
	}
	return usage
}

// exactly is the value of a figure that must be exact.
func exactly[T any](t testing.TB, what string, figure kernel.Figure[T]) T {
	t.Helper()
	value, exact := figure.Get()
	if !exact {
		t.Fatalf("%s: %v, want it exactly", what, figure)
	}
	return value
}

// story are the kinds of the events about one process.
func story(pid int, events []kernel.Event) string {
	var kinds []string
	for _, e := range events {
		if e.Process.Pid == pid {
			kinds = append(kinds, e.Kind.String())
		}
	}
	return strings.Join(kinds, " ")
}

func count(kind kernel.EventKind, events []kernel.Event) (n int) {
	for _, e := range events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func only(t testing.TB, kind kernel.EventKind, pid int, events []kernel.Event) kernel.Event {
	t.Helper()
	for _, e := range events {
		if e.Kind == kind && e.Process.Pid == pid {
			return e
		}
	}
	t.Fatalf("no %v of process %d in %+v", kind, pid, events)
	return kernel.Event{}
}

func subgroup(t testing.TB, dir, name string) string {
	t.Helper()
	below := filepath.Join(dir, name)
	if err := os.Mkdir(below, 0o755); err != nil {
		t.Fatal(err)
	}
	return below
}

func fixtureIn(t testing.TB, dir string, verbAndArgs ...string) *exec.Cmd {
	t.Helper()
	cmd := testkit.FixtureCommand(t, verbAndArgs...)
	testkit.InGroup(t, cmd, dir)
	return cmd
}

func shellIn(t testing.TB, dir, script string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "sh"}, args...)...)
	testkit.InGroup(t, cmd, dir)
	return cmd
}

func run(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", cmd.Args, err, out)
	}
}

func move(t testing.TB, pid int, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0); err != nil {
		t.Fatal(err)
	}
}

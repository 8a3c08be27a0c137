package trace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
)

// patience is for what a loaded machine does in a fraction of it.
const patience = time.Minute

// tracerWith opens a means of tracing, and skips the test where that is refused.
func tracerWith(t testing.TB, means Means) *Tracer {
	t.Helper()
	tracer, err := OpenOnly(means)
	if refusal := new(ebpf.VerifierError); errors.As(err, &refusal) {
		t.Fatalf("the kernel takes no offence at tracing, but at these programs: %v", err)
	}
	if errors.Is(err, kernel.ErrNotSupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tracer.Close(); err != nil {
			t.Errorf("close tracer: %v", err)
		}
	})
	return tracer
}

// watching is a watch and what it has told so far.
type watching struct {
	*Watch
	t      testing.TB
	events []Event
}

// watchOf begins to watch a group, and ends that with the test.
func watchOf(t testing.TB, tracer *Tracer, dir string) *watching {
	t.Helper()
	return watchWith(t, tracer, dir, NewQueue(1<<20))
}

func watchWith(t testing.TB, tracer *Tracer, dir string, queue *Queue) *watching {
	t.Helper()
	w, err := tracer.Watch(dir, queue)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() }) // what matters has been closed by the test
	return &watching{Watch: w, t: t}
}

// until reads events until there is one like that. The queue must have no other
// watch.
func (w *watching) until(what string, wanted func(Event) bool) Event {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for e, err := range w.queue.All(ctx) {
		if err != nil {
			w.t.Fatalf("not within %v: %s; there were\n%s", patience, what, text(w.events))
		}
		w.events = append(w.events, e)
		if wanted(e) {
			return e
		}
	}
	panic("unreachable")
}

// end closes the watch and returns all it has told, after it has been checked
// that every process comes once before it goes once.
func (w *watching) end() []Event {
	w.t.Helper()
	if err := w.Close(); err != nil {
		w.t.Errorf("close watch: %v", err)
	}
	w.until("the end of the watch", func(e Event) bool { return e.Kind == Ended })
	checkOrder(w.t, w.events)
	return w.events
}

// checkOrder checks what is promised about the events of any watch.
func checkOrder(t testing.TB, events []Event) {
	t.Helper()
	alive := map[Process]bool{}
	died := map[Process]bool{}
	wrong := 0
	complain := func(e Event, what string) {
		if wrong++; wrong <= 10 {
			t.Errorf("%s: %s", text([]Event{e}), what)
		}
	}
	for i, e := range events {
		if e.Seq != uint64(i+1) {
			complain(e, fmt.Sprintf("is event number %d", i+1))
		}
		switch {
		case e.Kind == Lost:
			if e.Lost == 0 {
				complain(e, "loss of nothing")
			}
		case e.Kind == Ended:
			if i != len(events)-1 {
				complain(e, "is not the last")
			}
		case e.Kind.comes():
			if alive[e.Process] || died[e.Process] {
				complain(e, "has come before")
			}
			alive[e.Process] = true
		case !alive[e.Process]:
			complain(e, "has not come")
		case e.Kind.goes():
			delete(alive, e.Process)
			if e.Kind != Leave { // who leaves may come back
				died[e.Process] = true
			}
		}
	}
}

// text is for messages.
func text(events []Event) string {
	var lines []string
	for i, e := range events {
		if i == 200 {
			lines = append(lines, fmt.Sprintf("and %d more", len(events)-i))
			break
		}
		line := fmt.Sprintf("%d %s %d %q in %d", e.Seq, e.Kind, e.Process.PID, e.Command, e.Group)
		switch {
		case e.Exec != nil:
			line += fmt.Sprintf(" %+v", *e.Exec)
		case e.Exit != nil:
			line += fmt.Sprintf(" %+v", *e.Exit)
		case e.Kind == Lost:
			line += fmt.Sprintf(" %d", e.Lost)
		case e.From != 0:
			line += fmt.Sprintf(" from %d", e.From)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// of are the events of one kind.
func of(kind Kind, events []Event) []Event {
	var found []Event
	for _, e := range events {
		if e.Kind == kind {
			found = append(found, e)
		}
	}
	return found
}

// about are the kinds of the events about one process.
func about(pid int, events []Event) string {
	var kinds []string
	for _, e := range events {
		if e.Process.PID == pid && pid != 0 {
			kinds = append(kinds, e.Kind.String())
		}
	}
	return strings.Join(kinds, " ")
}

// fixtureIn is a command that runs a verb of the fixture in a group.
func fixtureIn(t testing.TB, dir string, verbAndArgs ...string) *exec.Cmd {
	t.Helper()
	cmd := testkit.FixtureCommand(t, verbAndArgs...)
	testkit.InGroup(t, cmd, dir)
	return cmd
}

// shellIn is a command that runs a script in a group.
func shellIn(t testing.TB, dir, script string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "sh"}, args...)...)
	testkit.InGroup(t, cmd, dir)
	return cmd
}

// forkLoop forks as often as its argument says, as fast as a shell can.
const forkLoop = `i=0; while [ $i -lt "$1" ]; do ( : ); i=$((i+1)); done`

func run(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", cmd.Args, err, out)
	}
}

func totalsOf(t testing.TB, w *Watch) Totals {
	t.Helper()
	totals, err := w.Totals()
	if err != nil {
		t.Fatal(err)
	}
	return totals
}

// flushed is what had been told when all had.
func (w *watching) flushed() []Event {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.Flush(ctx); err != nil {
		w.t.Fatal(err)
	}
	buffer := make([]Event, 256)
	for w.queue.Len() > 0 {
		n, err := w.queue.Read(ctx, buffer)
		if err != nil {
			w.t.Fatal(err)
		}
		w.events = append(w.events, buffer[:n]...)
	}
	return w.events
}

// readKey reads one value of a file with a key and a value in each line.
func readKey(t testing.TB, path, key string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == key {
			return fields[1]
		}
	}
	t.Fatalf("no %s in %s", key, path)
	return ""
}

var testPID = os.Getpid()

func itoa(n int) string { return strconv.Itoa(n) }

func openPidfd(t testing.TB, pid int) int {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

//go:build linux

package conformance

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jobobject"
	"jobobject/internal/testkit"
)

// needsExactNews skips a test of an order that only an exact tracer sees. That stays
// ready until the test ends, as it takes a while to become so.
func needsExactNews(t testing.TB) {
	t.Helper()
	job := newJob(t, jobobject.WithTracing())
	for e, err := range job.Events(t.Context()) {
		requireNoError(t, err)
		if e.Kind != jobobject.EventBegin {
			t.Fatalf("a stream begins with %+v", e)
		}
		if e.Misses != "" {
			t.Skipf("the %s misses something here: %s", e.Means, e.Misses)
		}
		return
	}
	t.Fatal("a stream ends before it begins")
}

// reader reads a port.
type reader struct {
	*jobobject.Port
	t testing.TB
}

// newPort gives a port with which jobs are associated by their keys.
func newPort(t testing.TB, jobs map[string]*jobobject.Job) *reader {
	t.Helper()
	r := &reader{jobobject.NewPort(), t}
	for key, job := range jobs {
		requireNoError(t, job.Associate(r.Port, key))
	}
	return r
}

func (r *reader) next() jobobject.Message {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), soon)
	defer cancel()
	m, err := r.Get(ctx)
	requireNoError(r.t, err)
	return m
}

// gets compares the next messages, as "NEW_PROCESS 4711 key".
func (r *reader) gets(want ...string) {
	r.t.Helper()
	var got []string
	for range want {
		got = append(got, words(r.next()))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Fatalf("messages (-want +got):\n%s", diff)
	}
}

// getsNoMore shows that nothing is there, and that nothing comes in a while.
func (r *reader) getsNoMore() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), aWhile)
	defer cancel()
	if m, err := r.Get(ctx); !errors.Is(err, context.DeadlineExceeded) {
		r.t.Fatalf("one more message: %q (%v)", words(m), err)
	}
}

func words(m jobobject.Message) string { return message(m.ID, m.Pid, m.Key) }

func message(id jobobject.MessageID, pid int, key any) string { return fmt.Sprintln(id, pid, key) }

func newProcess(m *member, key any) string { return message(jobobject.NewProcess, m.Pid(), key) }

func exitProcess(m *member, key any) string { return message(jobobject.ExitProcess, m.Pid(), key) }

func zero(key any) string { return message(jobobject.ActiveProcessZero, 0, key) }

// kill ends a member and waits for that.
func kill(t testing.TB, m *member) {
	t.Helper()
	requireNoError(t, m.Kill())
	requireExitCode(t, m.Process, 137)
}

// sleeper is a program that does about signals what most programs do.
func sleeper(t testing.TB, job *jobobject.Job) *jobobject.Process {
	t.Helper()
	cmd := exec.Command("sh", "-c", "ulimit -c 0; echo ready; exec sleep 600")
	var process *jobobject.Process
	out := testkit.Start(t, cmd, func() (err error) {
		process, err = job.Start(cmd)
		return err
	})
	reapWithTest(t, process)
	out.AwaitReady(t)
	return process
}

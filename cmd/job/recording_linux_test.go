package main

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jobobject"
	"jobobject/internal/kernel"
	"jobobject/internal/lineage"
	"jobobject/internal/report"
	"jobobject/internal/testkit"
)

// paperJob is a job of which the test tells. It is closed when the channel is.
type paperJob chan jobobject.Event

func (j paperJob) Events(ctx context.Context) iter.Seq2[jobobject.Event, error] {
	return func(yield func(jobobject.Event, error) bool) {
		for {
			select {
			case e, more := <-j:
				if !more || !yield(e, nil) {
					return
				}
			case <-ctx.Done():
				yield(jobobject.Event{}, ctx.Err())
				return
			}
		}
	}
}

// brokenJob tells nothing.
type brokenJob struct{ err error }

func (j brokenJob) Events(context.Context) iter.Seq2[jobobject.Event, error] {
	return func(yield func(jobobject.Event, error) bool) { yield(jobobject.Event{}, j.err) }
}

var (
	mainID     = jobobject.ProcessID{Pid: 100, Start: time.Second}
	begins     = jobobject.Event{Seq: 1, Kind: jobobject.EventBegin, Means: "eBPF"}
	mainComes  = jobobject.Event{Seq: 2, Kind: jobobject.EventBirth, Process: mainID, Parent: 1, Command: "main"}
	otherComes = jobobject.Event{Seq: 3, Kind: jobobject.EventBirth, Process: jobobject.ProcessID{Pid: 101}, Parent: 100, Command: "other"}
	mainGoes   = jobobject.Event{
		Seq: 4, Kind: jobobject.EventExit, Process: mainID,
		Ending: &jobobject.Ending{Status: kernel.Exactly(kernel.Exited(3))},
	}
)

// recordingOf begins a recording with these flags of a job that tells its first
// event.
func recordingOf(t *testing.T, o *runOptions) (*recording, paperJob) {
	t.Helper()
	r, err := openRecording(o)
	if err != nil {
		t.Fatal(err)
	}
	job := make(paperJob, 1)
	job <- begins
	if err := r.begin(job); err != nil {
		t.Fatal(err)
	}
	return r, job
}

func exited() *report.Report {
	tale := report.New([]string{"main"})
	tale.Outcome.Reason = report.Exited
	return tale
}

func text(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestWithoutTheFlagsThereIsNoRecordingAndNoStream(t *testing.T) {
	r, err := openRecording(&runOptions{report: true})
	if r != nil || err != nil {
		t.Fatalf("%v, %v", r, err)
	}
	if err := r.begin(nil); err != nil { // would panic if it asked the job
		t.Error(err)
	}
	r.asked(syscall.SIGTERM)
	r.conclude(lineage.Cause{}, now)
	if failures := r.tell(exited()); failures != nil {
		t.Error(failures)
	}
}

func TestWhatIsToBeRecordedIsNotRunWithoutAStream(t *testing.T) {
	testkit.NoLeaks(t)
	path := filepath.Join(t.TempDir(), "profile")
	r, err := openRecording(&runOptions{profile: &path})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.begin(brokenJob{jobobject.ErrNotSupported}); !errors.Is(err, jobobject.ErrNotSupported) {
		t.Errorf("it begins: %v", err)
	}
	tale := report.New([]string{"main"})
	tale.Outcome.Reason = report.StartFailed
	if failures := r.tell(tale); failures != nil {
		t.Errorf("told twice: %v", failures)
	}
}

func TestEventsAreWrittenWhileTheCommandRuns(t *testing.T) {
	testkit.NoLeaks(t)
	path := filepath.Join(t.TempDir(), "events")
	r, job := recordingOf(t, &runOptions{events: &path})

	for lines, e := range []jobobject.Event{mainComes, otherComes, mainGoes} {
		job <- e
		testkit.Within(t, patience, "line of the event", func() bool { return strings.Count(text(t, path), "\n") == lines+2 })
	}
	close(job)
	r.conclude(lineage.Cause{}, allIsTold)
	if failures := r.tell(exited()); failures != nil {
		t.Error(failures)
	}

	kinds := ""
	for line := range strings.Lines(text(t, path)) {
		var e struct{ Event string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Errorf("%v: %s", err, line)
		}
		kinds += e.Event + " "
	}
	if want := "begin birth birth exit "; kinds != want {
		t.Errorf("written: %s, want %s", kinds, want)
	}
	if r.story != nil {
		t.Error("it keeps what nobody has asked for")
	}
}

func TestAPlaceThatFailsIsToldOfOnceAndTheRestGoesOn(t *testing.T) {
	testkit.NoLeaks(t)
	for path, why := range map[string]error{"/dev/full": syscall.ENOSPC, brokenPipe(t): syscall.EPIPE} {
		profile := filepath.Join(t.TempDir(), "profile")
		r, err := openRecording(&runOptions{events: &path, profile: &profile})
		if err != nil {
			t.Fatal(err)
		}
		job := make(paperJob, 5)
		for _, e := range []jobobject.Event{begins, mainComes, otherComes, mainGoes} {
			job <- e
		}
		close(job)
		if err := r.begin(job); err != nil {
			t.Fatal(err)
		}
		r.conclude(lineage.Cause{}, allIsTold)
		failures := r.tell(exited())
		if len(failures) != 1 || !errors.Is(failures[0], why) || !strings.Contains(failures[0].Error(), "the last 4 events are missing") {
			t.Errorf("%s: %v", path, failures)
		}
		if got := text(t, profile); !strings.Contains(got, `"outcome":"exit 3"`) {
			t.Errorf("the profile: %s", got)
		}
	}
}

// brokenPipe is the name of an inherited pipe that nobody reads.
func brokenPipe(t *testing.T) string {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { writer.Close() })
	if _, err := unix.FcntlInt(writer.Fd(), unix.F_SETFD, 0); err != nil {
		t.Fatal(err)
	}
	reader.Close()
	return "/dev/fd/" + itoa(int(writer.Fd()))
}

func TestNobodyIsWaitedForWhoCannotBeEnded(t *testing.T) {
	testkit.NoLeaks(t)
	path := filepath.Join(t.TempDir(), "events")
	r, _ := recordingOf(t, &runOptions{events: &path}) // of a job that never ends
	r.conclude(lineage.Cause{}, now)
	if failures := r.tell(exited()); failures != nil {
		t.Error(failures)
	}
}

func TestWhereTheOthersAreKeptTheEndOfTheMainProcessIsStillTold(t *testing.T) {
	testkit.NoLeaks(t)
	path := filepath.Join(t.TempDir(), "events")
	r, job := recordingOf(t, &runOptions{events: &path})
	go func() {
		job <- mainComes
		job <- otherComes
		job <- mainGoes // and the channel stays open
	}()
	r.conclude(lineage.Cause{}, theMainIsGone)
	if failures := r.tell(exited()); failures != nil {
		t.Error(failures)
	}
	if got := text(t, path); !strings.Contains(got, `"event":"exit","pid":100`) {
		t.Errorf("written:\n%s", got)
	}
}

func TestAStreamThatBreaksIsTrouble(t *testing.T) {
	testkit.NoLeaks(t)
	path := filepath.Join(t.TempDir(), "events")
	r, err := openRecording(&runOptions{events: &path})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := r.begin(breakingJob{broken}); err != nil {
		t.Fatal(err)
	}
	r.conclude(lineage.Cause{}, allIsTold)
	if failures := r.tell(exited()); len(failures) != 1 || !errors.Is(failures[0], broken) {
		t.Errorf("%v", failures)
	}
}

// breakingJob begins to tell.
type breakingJob struct{ err error }

func (j breakingJob) Events(context.Context) iter.Seq2[jobobject.Event, error] {
	return func(yield func(jobobject.Event, error) bool) {
		if yield(begins, nil) {
			yield(jobobject.Event{}, j.err)
		}
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// needsExactEvents skips a test of what only an exact tracer tells.
func needsExactEvents(t *testing.T) {
	t.Helper()
	got := runToEnd(t, "run", "--events", "/dev/stdout", "true")
	got.requireStatus(t, 0)
	first, _, _ := strings.Cut(got.stdout, "\n")
	var begin struct{ Means, Misses string }
	if err := json.Unmarshal([]byte(first), &begin); err != nil {
		t.Fatalf("first line %q: %v", first, err)
	}
	if begin.Misses != "" {
		t.Skipf("the %s misses something here: %s", begin.Means, begin.Misses)
	}
}

func TestEventScripts(t *testing.T) {
	needsExactEvents(t)
	runScripts(t, "testdata/script_events")
}

// told is the part of a line that tests look at.
type told struct {
	Seq    uint64
	Time   time.Time
	Event  string
	Pid    int
	Parent int
	Status *struct {
		Code   int `json:"exit_code"`
		Signal *string
	}
	User *float64 `json:"user_seconds"`
}

// readEvents reads whole lines only, and fails the test if numbers are missing.
func readEvents(t testing.TB, path string) (events []told) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		if !strings.HasSuffix(line, "\n") {
			break
		}
		var e told
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if e.Seq != uint64(len(events)+1) || e.Time.IsZero() {
			t.Fatalf("after %d lines comes %q", len(events), line)
		}
		events = append(events, e)
	}
	return events
}

func of(events []told, kind string, pid int) (found []told) {
	for _, e := range events {
		if e.Event == kind && e.Pid == pid {
			found = append(found, e)
		}
	}
	return found
}

func TestEveryProcessOfATreeIsTold(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactEvents(t)
	path := filepath.Join(t.TempDir(), "events")
	r := startFixture(t, []string{"--events", path}, "tree", "3", "2")

	for _, pid := range r.pids {
		testkit.Within(t, patience, "birth of a member while job runs", func() bool {
			return len(of(readEvents(t, path), "birth", pid)) == 1
		})
	}
	r.signal(syscall.SIGTERM)
	r.end().requireStatus(t, 143)

	events := readEvents(t, path)
	for _, pid := range r.pids {
		exits := of(events, "exit", pid)
		if len(exits) != 1 || exits[0].Status == nil || exits[0].Status.Signal == nil || *exits[0].Status.Signal != "SIGTERM" {
			t.Errorf("end of %d: %+v", pid, exits)
		}
	}
	if last := events[len(events)-1]; last.Event != "empty" {
		t.Errorf("the last event is %+v", last)
	}
}

func TestWhatWasWrittenIsThereWhenJobIsKilled(t *testing.T) {
	testkit.NoLeaks(t)
	path := filepath.Join(t.TempDir(), "events")
	r := startFixture(t, []string{"--events", path}, "sleep")
	main := r.main()
	testkit.Within(t, patience, "birth of the command", func() bool { return len(of(readEvents(t, path), "birth", main)) == 1 })

	r.signal(syscall.SIGKILL)
	_ = r.cmd.Wait() // it was killed
	testkit.RequireNone(t, r.nonce, patience)

	if events := readEvents(t, path); events[0].Event != "begin" {
		t.Errorf("the first event is %+v", events[0])
	}
}

func TestAReaderThatDoesNotReadHoldsNothingUpButTheEnd(t *testing.T) {
	testkit.NoLeaks(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	done := filepath.Join(t.TempDir(), "done")
	// Each process is three lines, and a pipe takes 64 KiB.
	script := fmt.Sprintf(`i=0; while [ $i -lt 500 ]; do env true; i=$((i+1)); done; echo > %s`, done)
	cmd, nonce := jobCommand(t, "run", "--events", pipe, "--", "sh", "-c", script)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	testkit.Within(t, time.Minute, "end of the command", func() bool { _, err := os.Stat(done); return err == nil })

	// Ctrl-C, then, ends it.
	testkit.Within(t, patience, "end of job", func() bool {
		_ = cmd.Process.Signal(syscall.SIGINT)
		return !testkit.Alive(cmd.Process.Pid)
	})
	_ = cmd.Wait() // of that signal
	testkit.RequireNone(t, nonce, patience)
}

func TestTheProfileHasWhatTheTreeHas(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactEvents(t)
	path := filepath.Join(t.TempDir(), "profile")
	r := startFixture(t, []string{"--profile", path}, "tree", "2", "2")
	main := r.main()
	r.signal(syscall.SIGTERM)
	r.end().requireStatus(t, 143)

	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var trace struct {
		TraceEvents []struct {
			Ph       string
			Ts, Dur  float64
			Pid, Tid int
			Args     struct {
				Pid, Parent int
				Outcome     string
			}
		}
	}
	if err := json.Unmarshal(content, &trace); err != nil {
		t.Fatalf("%v in %s", err, content)
	}
	parents := map[int]int{}
	for _, e := range trace.TraceEvents {
		if e.Ph == "X" {
			parents[e.Args.Pid] = e.Args.Parent
			if e.Args.Outcome != "ended on request, SIGTERM" {
				t.Errorf("%d: %s", e.Args.Pid, e.Args.Outcome)
			}
		}
	}
	for _, pid := range r.pids {
		above := pid
		for above != 0 && above != main {
			above = parents[above]
		}
		if above != main {
			t.Errorf("%d does not stand below the command: %v", pid, parents)
		}
	}
}

// It shows that TestNoStreamIsBegunThatNobodyHasAskedFor would see one.
func TestAStreamIsBegunForWhoAsksForIt(t *testing.T) {
	testkit.NoLeaks(t)
	path := filepath.Join(t.TempDir(), "events")
	r := startFixture(t, []string{"--events", path}, "sleep")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(content), `"means":"eBPF"`) && bpfDescriptor(t, r.cmd.Process.Pid) == "" {
		t.Error("job has no descriptor of a tracer open")
	}
	r.signal(syscall.SIGTERM)
	r.end().requireStatus(t, 143)
}

func TestATracedReportCountsWhoeverLived(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactEvents(t)
	path := filepath.Join(t.TempDir(), "report")
	got := runToEnd(t, "run", "--trace", "--report-file", path, "--", "sh", "-c", "(true) & (true) & wait; (true); exit 3")
	got.requireStatus(t, 3)

	var told struct {
		Processes struct{ Total, Peak *int }
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &told); err != nil {
		t.Fatal(err)
	}
	if total := told.Processes.Total; total == nil || *total != 4 {
		t.Errorf("processes: %s", content)
	}
}

//go:build linux

package conformance

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strconv"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// burstOf is the fixture's fastest load: so many short processes on every
// processor, one that starts them there, and one that starts those.
func burstOf(each int) (verb []string, all uint64) {
	loops := runtime.NumCPU()
	return []string{"burst", strconv.Itoa(each), strconv.Itoa(loops)}, uint64(each*loops + loops + 1)
}

// D7 and ACC-06.
func TestD7_every_one_of_a_hundred_thousand_short_processes_is_told(t *testing.T) {
	testkit.NoLeaks(t)
	testkit.RequireFence(t)
	needsExactNews(t)
	job := newJob(t, jobobject.WithTracing())
	port := newPort(t, map[string]*jobobject.Job{"job": job})
	many := 100_000
	if testing.Short() {
		many = 30_000
	}
	verb, all := burstOf(rounds(t, many) / runtime.NumCPU())
	m := start(t, job, nil, verb...)

	counts, lost := map[jobobject.MessageID]uint64{}, uint64(0)
	alive := map[int]bool{}
	for {
		message := port.next()
		if message.ID == jobobject.ActiveProcessZero {
			break
		}
		counts[message.ID]++
		lost += message.Lost
		if lost > 0 {
			continue
		}
		if message.ID == jobobject.NewProcess == alive[message.Pid] {
			t.Fatalf("got %q; the process is alive: %v", words(message), alive[message.Pid])
		}
		alive[message.Pid] = message.ID == jobobject.NewProcess
	}

	requireExitCode(t, m.Process, 0)
	requireNoneMissing(t, counts[jobobject.NewProcess]+counts[jobobject.ExitProcess], lost, 2*all)
	requireTotal(t, job, all)
}

func TestD7_a_reader_that_sleeps_is_told_how_much_it_has_missed(t *testing.T) {
	testkit.NoLeaks(t)
	testkit.RequireFence(t)
	needsExactNews(t)
	if testing.Short() {
		t.Skip("it takes more messages than a port holds")
	}
	job := newJob(t, jobobject.WithTracing())
	port := newPort(t, map[string]*jobobject.Job{"job": job})
	verb, all := burstOf(50_000 / runtime.NumCPU())
	before := heap()
	m := start(t, job, nil, verb...)
	requireExitCode(t, m.Process, 0)
	requireNoError(t, job.WaitEmpty(t.Context()))
	requireTotal(t, job, all)
	if growth := int64(heap()) - int64(before); growth > 32<<20 {
		t.Errorf("messages that nobody reads have taken %d MiB", growth>>20)
	}

	var told, lost uint64
	for message := port.next(); message.ID != jobobject.ActiveProcessZero; message = port.next() {
		if message.ID == jobobject.MessageLost {
			lost += message.Lost
		} else {
			told++
		}
	}
	if lost == 0 {
		t.Errorf("a port has held %d messages", told)
	}
	requireNoneMissing(t, told, lost, 2*all)
}

// requireNoneMissing checks that what was not told was told to be lost. Where the
// kernel itself had no room, on a machine with others at work, some are both: the
// end of a process whose birth was lost tells of both.
func requireNoneMissing(t testing.TB, told, lost, all uint64) {
	t.Helper()
	t.Logf("of %d messages %d are told and %d lost", all, told, lost)
	const both = 0.02
	if excess := int64(told+lost) - int64(all); told > all || excess < 0 || float64(excess) > both*float64(all) {
		t.Errorf("of %d messages %d are told and %d lost", all, told, lost)
	}
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func requireTotal(t testing.TB, job *jobobject.Job, want uint64) {
	t.Helper()
	if total, exact := accounting(t, job).TotalProcesses.Get(); !exact || total != want {
		t.Fatalf("%v processes, want %d", accounting(t, job).TotalProcesses, want)
	}
}

// ACC-06, ACC-09, ACC-12, ACC-17, NST-40: folded once at every level.
func TestC41_figures_of_the_dead_stay_at_every_level(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	outer, inner := newJob(t, jobobject.WithTracing()), newJob(t, jobobject.WithTracing())
	m := givenWith(t, outer, []jobobject.StartOption{jobobject.AlsoIn(inner)}, "tree", "3", "2")
	requireExitCode(t, start(t, inner, nil, "alloc", "50").Process, 0)
	requireExitCode(t, start(t, outer, nil, "exit", "0").Process, 0)
	all := uint64(len(m.pids) + 1)

	requireNoError(t, outer.Terminate(1))

	for range 3 {
		requireTotal(t, inner, all)
		requireTotal(t, outer, all+1)
		for name, job := range map[string]*jobobject.Job{"inner": inner, "outer": outer} {
			figures := accounting(t, job)
			if peak, exact := figures.PeakProcessMemory.Get(); exact && (peak < 50<<20 || peak > 60<<20) || !exact {
				t.Errorf("%s: peak of process memory %v, while one has touched 50 MiB", name, figures.PeakProcessMemory)
			}
			if peak, exact := figures.PeakProcesses.Get(); !exact || peak < uint64(len(m.pids)) {
				t.Errorf("%s: %v processes at a time, of %d", name, figures.PeakProcesses, len(m.pids))
			}
			if faults, _ := figures.PageFaults.LowerBound(); faults < 50<<20/uint64(os.Getpagesize()) {
				t.Errorf("%s: %v page faults, while 50 MiB were touched", name, figures.PageFaults)
			}
		}
	}
}

func TestEvents_of_the_end_of_a_process_tell_what_it_was(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	job := newJob(t)
	events := job.Events(t.Context())
	requireExitCode(t, start(t, job, nil, "alloc", "50").Process, 0)
	m := start(t, job, nil, "exit", "7")
	requireExitCode(t, m.Process, 7)
	requireNoError(t, job.Close())

	var kinds []jobobject.EventKind
	for e, err := range events {
		requireNoError(t, err)
		if e.Seq == 0 || e.Process.Pid != m.Pid() {
			continue
		}
		kinds = append(kinds, e.Kind)
		switch e.Kind {
		case jobobject.EventBirth:
			if e.Parent != os.Getpid() {
				t.Errorf("born by %d, not by %d", e.Parent, os.Getpid())
			}
		case jobobject.EventExec:
			if len(e.Program.Args) != 3 || e.Program.Args[2] != "7" {
				t.Errorf("executed %+v", e.Program)
			}
		case jobobject.EventExit:
			if status, known := e.Ending.Status.Get(); !known || status.ExitCode() != 7 {
				t.Errorf("ended with %v", e.Ending.Status)
			}
			if user, known := e.Ending.UserTime.LowerBound(); !known || user < 0 {
				t.Errorf("user time %v", e.Ending.UserTime)
			}
		}
	}
	if len(kinds) != 3 || kinds[0] != jobobject.EventBirth || kinds[1] != jobobject.EventExec || kinds[2] != jobobject.EventExit {
		t.Errorf("told: %v", kinds)
	}
}

// Whatever means there are, the stream says which, and ends with the job.
func TestEvents_begin_and_end_by_any_means(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	events := job.Events(t.Context())
	m := given(t, job, "sleep")
	told := make(chan []jobobject.Event)
	go func() {
		var all []jobobject.Event
		for e, err := range events {
			if err != nil {
				t.Error(err)
			}
			all = append(all, e)
		}
		told <- all
	}()

	requireNoError(t, job.Terminate(1))
	requireNoError(t, job.Close())

	all := <-told
	if len(all) == 0 || all[0].Kind != jobobject.EventBegin || all[0].Means == "" {
		t.Fatalf("told: %+v", all)
	}
	came, went := 0, 0
	for i, e := range all {
		if e.Seq != uint64(i+1) {
			t.Errorf("event %d has number %d", i+1, e.Seq)
		}
		if e.Process.Pid == m.Pid() && e.Kind.Comes() {
			came++
		}
		if e.Process.Pid == m.Pid() && e.Kind.Goes() {
			went++
		}
	}
	if came != 1 || went != 1 {
		t.Errorf("the member came %d times and went %d times: %+v", came, went, all)
	}
}

func TestEvents_end_with_their_context(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	ctx, cancel := context.WithCancel(t.Context())
	events := job.Events(ctx)
	unread := job.Events(ctx)
	cancel()
	var last error
	for _, err := range events {
		last = err
	}
	requireErrorIs(t, last, context.Canceled)
	for _, err := range events {
		if err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("a second loop ends with %v", err)
		}
	}
	_ = unread // nobody has to
}

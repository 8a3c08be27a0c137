//go:build linux

package conformance

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/testkit"
)

// W10 is the same.
func TestC21_messages_come_in_the_order_of_what_happens(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	job := newJob(t)
	port := newPort(t, map[string]*jobobject.Job{"job": job})
	for range rounds(t, 20) {
		a := given(t, job, "sleep")
		b := given(t, job, "sleep")
		kill(t, a)
		port.gets(newProcess(a, "job"), newProcess(b, "job"), exitProcess(a, "job"))

		kill(t, b)
		gone := time.Now()

		port.gets(exitProcess(b, "job"), zero("job"))
		if late := time.Since(gone); late > atOnce {
			t.Errorf("the job was reported empty %v after its last process", late)
		}
		if left := processes(t, job); len(left) > 0 {
			t.Fatalf("reported empty with %v in it", left)
		}
	}
	port.getsNoMore()
}

// W9 is the same, ACP-06.
func TestC22_a_port_that_comes_late_hears_of_the_members_first(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	for range rounds(t, 10) {
		job := newJob(t)
		gone := given(t, job, "sleep")
		first := given(t, job, "sleep")
		kill(t, gone)

		port := newPort(t, map[string]*jobobject.Job{"job": job})
		second := given(t, job, "sleep")

		port.gets(newProcess(first, "job"), newProcess(second, "job"))
		kill(t, first)
		kill(t, second)
		port.gets(exitProcess(first, "job"), exitProcess(second, "job"), zero("job"))
		requireNoError(t, job.Close())
		port.getsNoMore()
	}
}

func TestC22_nobody_is_reported_twice_who_is_born_meanwhile(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	for range rounds(t, 10) {
		job := newJob(t)
		start(t, job, nil, "tree", "4", "2")
		port := newPort(t, map[string]*jobobject.Job{"job": job})
		requireNoError(t, job.Terminate(1))

		seen := map[int]bool{}
		for m := port.next(); m.ID != jobobject.ActiveProcessZero; m = port.next() {
			if m.ID != jobobject.NewProcess || seen[m.Pid] {
				t.Fatalf("got %q; before that came %v", words(m), seen)
			}
			seen[m.Pid] = true
		}
	}
}

// D1; MSG-24.
func TestC23_terminate_is_told_by_the_end_alone(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	for range rounds(t, 20) {
		job := newJob(t)
		port := newPort(t, map[string]*jobobject.Job{"job": job})
		var want []string
		for range 5 {
			want = append(want, newProcess(given(t, job, "sleep"), "job"))
		}

		requireNoError(t, job.Terminate(7))

		ctx, cancel := context.WithCancel(t.Context())
		cancel() // it is there by now
		for _, message := range append(want, zero("job")) {
			m, err := port.Get(ctx)
			if err != nil || words(m) != message {
				t.Fatalf("got %q (%v), want %q", words(m), err, message)
			}
		}
		port.getsNoMore()
	}
}

// ACP-11, and R6 of the cases.
func TestC23_the_port_hears_the_end_of_a_job_that_is_closed(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	job := newJob(t, killOnClose)
	port := newPort(t, map[string]*jobobject.Job{"job": job})
	m := given(t, job, "sleep")

	requireNoError(t, job.Close())

	port.gets(newProcess(m, "job"), zero("job"))
	port.getsNoMore()
}

func TestACP11_who_outlives_a_closed_job_is_not_reported(t *testing.T) {
	testkit.NoLeaks(t)
	tidy(t)
	needsExactNews(t)
	job := newJob(t)
	port := newPort(t, map[string]*jobobject.Job{"job": job})
	m := given(t, job, "sleep")

	requireNoError(t, job.Close())
	kill(t, m)

	port.gets(newProcess(m, "job"))
	port.getsNoMore()
}

// MSG-14 to MSG-18.
func TestC32_in_a_chain_the_inner_job_tells_first(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	for range rounds(t, 20) {
		outer, inner := newJob(t), newJob(t)
		port := newPort(t, map[string]*jobobject.Job{"outer": outer, "inner": inner})
		inBoth := givenWith(t, outer, []jobobject.StartOption{jobobject.AlsoIn(inner)}, "sleep")
		inOuter := given(t, outer, "sleep")
		port.gets(newProcess(inBoth, "inner"), newProcess(inBoth, "outer"), newProcess(inOuter, "outer"))

		kill(t, inBoth)
		port.gets(exitProcess(inBoth, "inner"), exitProcess(inBoth, "outer"), zero("inner"))

		again := given(t, inner, "sleep")
		kill(t, inOuter)
		kill(t, again)
		port.gets(newProcess(again, "inner"), newProcess(again, "outer"), exitProcess(inOuter, "outer"),
			exitProcess(again, "inner"), exitProcess(again, "outer"), zero("inner"), zero("outer"))
		port.getsNoMore()
	}
}

func TestW21_late_ports_of_a_chain_hear_of_the_members_each(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	outer, inner := newJob(t), newJob(t)
	m := givenWith(t, outer, []jobobject.StartOption{jobobject.AlsoIn(inner)}, "sleep")
	port := newPort(t, nil)
	requireNoError(t, inner.Associate(port.Port, "inner"))
	requireNoError(t, outer.Associate(port.Port, "outer"))
	port.gets(newProcess(m, "inner"), newProcess(m, "outer"))

	child := given(t, inner, "sleep")

	port.gets(newProcess(child, "inner"), newProcess(child, "outer"))
	port.getsNoMore()
}

// MSG-17.
func TestMSG17_an_assignment_is_news_to_the_jobs_that_are_joined(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	outer, inner := newJob(t), newJob(t)
	m := given(t, outer, "sleep")
	port := newPort(t, map[string]*jobobject.Job{"outer": outer})
	requireNoError(t, inner.Associate(port.Port, "inner"))

	requireNoError(t, inner.Assign(m.Pid()))

	port.gets(newProcess(m, "outer"), newProcess(m, "inner"))
	port.getsNoMore()
}

// W16: what members start themselves is a member, and known after its parent.
func TestC10_whoever_members_start_is_reported_after_them(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	job := newJob(t)
	port := newPort(t, map[string]*jobobject.Job{"job": job})
	m := given(t, job, "tree", "3", "2")

	var told []int
	for range m.pids {
		told = append(told, port.next().Pid)
	}

	for _, pid := range told[1:] {
		stat, err := testkit.ReadStat(pid)
		requireNoError(t, err)
		if at := slices.Index(told, pid); !slices.Contains(told[:at], stat.PPID) {
			t.Errorf("process %d was reported before its parent %d: %v", pid, stat.PPID, told)
		}
	}
	slices.Sort(told)
	slices.Sort(m.pids)
	if !slices.Equal(told, m.pids) {
		t.Errorf("reported: %v; there are %v", told, m.pids)
	}
}

// MSG-02 to MSG-04.
func TestMSG03_an_abnormal_exit_is_told_apart(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	for signal, want := range map[syscall.Signal]jobobject.MessageID{
		syscall.SIGSEGV: jobobject.AbnormalExitProcess,
		syscall.SIGFPE:  jobobject.AbnormalExitProcess,
		syscall.SIGINT:  jobobject.AbnormalExitProcess,
		syscall.SIGTERM: jobobject.ExitProcess,
		syscall.SIGKILL: jobobject.ExitProcess,
	} {
		t.Run(signal.String(), func(t *testing.T) {
			job := newJob(t)
			port := newPort(t, map[string]*jobobject.Job{"job": job})
			process := sleeper(t, job)

			requireNoError(t, process.Signal(signal))

			pid := process.Pid()
			port.gets(message(jobobject.NewProcess, pid, "job"), message(want, pid, "job"), zero("job"))
		})
	}
}

func TestD8_a_second_port_is_refused_until_the_first_is_taken_away(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	job := newJob(t)
	first := newPort(t, map[string]*jobobject.Job{"first": job})
	second := newPort(t, nil)
	requireErrorIs(t, job.Associate(second.Port, "second"), jobobject.ErrAlreadyAssociated)
	m := given(t, job, "sleep")
	first.gets(newProcess(m, "first"))

	requireNoError(t, job.Dissociate())
	requireNoError(t, job.Dissociate()) // ACP-05
	requireNoError(t, job.Associate(second.Port, "second"))
	kill(t, m)

	second.gets(newProcess(m, "second"), exitProcess(m, "second"), zero("second"))
	first.getsNoMore()
}

// MSG-07.
func TestMSG07_a_job_goes_on_whose_port_is_closed(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	port := newPort(t, map[string]*jobobject.Job{"job": job})
	m := given(t, job, "sleep")
	waiting := make(chan error, 1)
	go func() {
		for {
			if _, err := port.Get(context.Background()); err != nil {
				waiting <- err
				return
			}
		}
	}()

	requireNoError(t, port.Close())

	requireErrorIs(t, <-waiting, jobobject.ErrClosed)
	kill(t, m)
	kill(t, given(t, job, "sleep"))
	requireNoError(t, job.Terminate(1))
}

func TestTwoReadersShareThePortAndTheSlowOneHoldsUpNobody(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	job := newJob(t)
	port := newPort(t, map[string]*jobobject.Job{"job": job})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	slow := make(chan jobobject.Message)
	go func() {
		m, _ := port.Get(ctx)
		<-ctx.Done() // and thinks about it
		slow <- m
	}()
	counts := map[jobobject.MessageID]int{}
	const starts = 50
	for range starts {
		requireExitCode(t, start(t, job, nil, "exit", "0").Process, 0)
	}
	requireNoError(t, job.Terminate(1))

	for {
		quiet, stop := context.WithTimeout(t.Context(), aWhile)
		m, err := port.Get(quiet)
		stop()
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		requireNoError(t, err)
		counts[m.ID]++
	}
	cancel()
	counts[(<-slow).ID]++
	if counts[jobobject.NewProcess] != starts || counts[jobobject.ExitProcess] != starts {
		t.Errorf("of %d processes there were %v", starts, counts)
	}
}

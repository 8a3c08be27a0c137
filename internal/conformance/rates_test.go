//go:build linux

package conformance

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/testkit"
)

// C37: with it the bystander goes too, without it nobody else does.
func TestC37_one_member_is_ended_for_want_of_memory_or_all_are(t *testing.T) {
	for all, name := range map[bool]string{false: "one", true: "all"} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			job := limited(t, jobobject.Limits{JobMemory: 64 << 20, JobMemoryKillsAll: all}, "memory")
			bystander := given(t, job, "sleep")
			greedy := start(t, job, nil, "alloc", "256")
			requireExitCode(t, greedy.Process, 128+9)
			killed := uint64(1)
			if all {
				requireExitCode(t, bystander.Process, 128+9)
				killed = 2
			} else {
				requireTimesOut(t, job.WaitEmpty)
				requireAlive(t, bystander.Pid())
			}
			strikes, err := job.Strikes()
			requireNoError(t, err)
			if len(strikes) == 1 && all && strikes[0].Terminated == killed+1 {
				// It may be that the kernel wants for memory once more while they die, which takes
				// long on a busy machine, and counts again whom it comes to.
				strikes[0].Terminated = killed
			}
			want := []jobobject.Strike{{Limit: jobobject.JobMemoryStrike, Terminated: killed}}
			if !slices.Equal(strikes, want) {
				t.Errorf("limits that have struck: %+v, want %+v", strikes, want)
			}
		})
	}
}

func TestJobMemoryKillsAll_is_changed_while_members_run(t *testing.T) {
	testkit.NoLeaks(t)
	job := limited(t, jobobject.Limits{JobMemory: 64 << 20, JobMemoryKillsAll: true}, "memory")
	bystander := given(t, job, "sleep")
	requireErrorIs(t, job.UpdateLimits(func(l *jobobject.Limits) { l.JobMemory = 0 }), jobobject.ErrInvalidLimit)
	requireNoError(t, job.UpdateLimits(func(l *jobobject.Limits) { l.JobMemoryKillsAll = false }))
	requireExitCode(t, start(t, job, nil, "alloc", "256").Process, 128+9)
	requireTimesOut(t, job.WaitEmpty)
	requireAlive(t, bystander.Pid())
}

// LIM-52, MSG-14
func TestLIM52_a_port_and_a_stream_are_told_that_there_is_no_memory_left(t *testing.T) {
	testkit.NoLeaks(t)
	job := limited(t, jobobject.Limits{JobMemory: 64 << 20}, "memory")
	port := newPort(t, map[string]*jobobject.Job{"key": job})
	struck := make(chan jobobject.Strike, 100)
	events := job.Events(t.Context())
	go func() {
		defer close(struck)
		for e, err := range events {
			if err == nil && e.Kind == jobobject.EventLimit {
				struck <- *e.Strike
			}
		}
	}()
	requireExitCode(t, start(t, job, nil, "alloc", "256").Process, 128+9)
	for {
		if m := port.next(); m.ID == jobobject.JobMemoryLimit {
			if m.Pid != 0 || m.Key != "key" {
				t.Errorf("it is %+v", m)
			}
			break
		}
	}
	requireNoError(t, job.Close())
	told := uint64(0)
	for s := range struck {
		if s.Limit != jobobject.JobMemoryStrike {
			t.Errorf("%s has struck", s.Limit)
		}
		told += s.Terminated
	}
	if told != 1 {
		t.Errorf("the stream told of %d that were ended, want 1", told)
	}
}

// MSG-14: the job that has the limit and those around it, and not one below.
func TestLIM52_of_nested_jobs_the_one_whose_memory_is_up_tells(t *testing.T) {
	for name, own := range map[string][2]uint64{"outer": {64 << 20, 256 << 20}, "inner": {256 << 20, 64 << 20}} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			outer := limited(t, jobobject.Limits{JobMemory: own[0]}, "memory")
			inner := nest(t, given(t, outer, "sleep").Pid())
			requireNoError(t, inner.SetLimits(jobobject.Limits{JobMemory: own[1]}))
			port := newPort(t, map[string]*jobobject.Job{"outer": outer, "inner": inner})
			greedy := start(t, inner, nil, "alloc", "128")
			requireExitCode(t, greedy.Process, 128+9)
			requireNoError(t, inner.Terminate(1))
			requireNoError(t, inner.Close())
			requireNoError(t, outer.Close())
			requireNoError(t, port.Post(jobobject.Message{Key: "end"}))
			told := map[any]bool{} // it may be more than once (LIM-57)
			for m := port.next(); m.Key != "end"; m = port.next() {
				if m.ID == jobobject.JobMemoryLimit {
					told[m.Key] = true
				}
			}
			want := map[any]bool{"outer": true}
			if name == "inner" {
				want["inner"] = true
			}
			if !maps.Equal(told, want) {
				t.Errorf("told %v, want %v", told, want)
			}
		})
	}
}

// onDisk is a file for I/O past the cache, or a disk of the tests alone.
func onDisk(t *testing.T) string {
	t.Helper()
	if disk := os.Getenv("JOBOBJECT_DISK"); disk != "" {
		return disk
	}
	name := filepath.Join(t.TempDir(), "file")
	requireNoError(t, os.WriteFile(name, make([]byte, 64<<10), 0o600))
	job := newJob(t)
	rate := jobobject.IORate{Device: filepath.Dir(name), ReadBytes: 1 << 20}
	if err := job.SetLimits(jobobject.Limits{IORate: rate}); err != nil {
		t.Skipf("no rate of a disk below %s can be held: %v", name, err)
	}
	return name
}

// C58: of members that run already, and only as long as it is set.
func TestIOR02_members_that_run_already_come_under_a_rate_until_it_is_dropped(t *testing.T) {
	testkit.NoLeaks(t)
	testkit.RequireGround(t, "blkio")
	file := onDisk(t)
	job := newJob(t)
	m := given(t, job, "direct-io", file, "write", "4096", "4s")
	requireNoError(t, job.SetLimits(jobobject.Limits{IORate: jobobject.IORate{WriteOperations: 20}}))
	requireLimits(t, job, jobobject.Limits{IORate: jobobject.IORate{WriteOperations: 20}})
	second := given(t, job, "direct-io", file, "write", "4096", "2s")
	// Two share it now.
	if n := operations(t, second); n > 48 {
		t.Errorf("%d writes in 2 s, want no more than 40", n)
	}
	requireNoError(t, job.SetLimits(jobobject.Limits{}))
	operations(t, m)
	free := given(t, job, "direct-io", file, "write", "4096", "1s")
	if n := operations(t, free); n < 30 {
		t.Errorf("%d writes in a second without a rate", n)
	}
}

// operations is how many a member of that verb has done.
func operations(t *testing.T, m *member) (n int) {
	t.Helper()
	select {
	case <-m.out.Done():
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
	lines := m.out.Lines()
	if _, err := fmt.Sscanf(lines[len(lines)-1], "%d in ", &n); err != nil {
		t.Fatalf("it said %q", lines)
	}
	return n
}

// IOR-06
func TestNST35_there_is_one_rate_of_input_and_output_in_a_chain(t *testing.T) {
	testkit.NoLeaks(t)
	testkit.RequireGround(t, "blkio")
	onDisk(t)
	rate := jobobject.Limits{IORate: jobobject.IORate{ReadBytes: 1 << 20}}
	outer := newJob(t)
	m := given(t, outer, "sleep")
	inner := nest(t, m.Pid())
	requireNoError(t, outer.SetLimits(rate))
	requireErrorIs(t, inner.SetLimits(rate), jobobject.ErrInvalidLimit)
	requireLimits(t, inner, jobobject.Limits{})

	third := newJob(t, jobobject.WithLimits(rate))
	requireErrorIs(t, third.Assign(m.Pid()), jobobject.ErrInvalidLimit)
	requireNoError(t, outer.SetLimits(jobobject.Limits{}))
	requireNoError(t, third.Assign(m.Pid()))
	requireErrorIs(t, outer.SetLimits(rate), jobobject.ErrInvalidLimit)
}

// IOR-04, C57
func TestIOR04_a_device_that_is_none_is_refused_before_anything_is_started(t *testing.T) {
	testkit.NoLeaks(t)
	testkit.RequireGround(t, "blkio")
	onDisk(t)
	limits := jobobject.Limits{IORate: jobobject.IORate{Device: os.DevNull, ReadBytes: 1 << 20}}
	_, err := jobobject.Create("", jobobject.WithLimits(limits))
	requireErrorIs(t, err, jobobject.ErrInvalidLimit)
	job := newJob(t)
	given(t, job, "sleep")
	requireErrorIs(t, job.SetLimits(limits), jobobject.ErrInvalidLimit)
	requireLimits(t, job, jobobject.Limits{})
}

func TestCPU07_a_least_rate_is_read_back_and_replaced_by_a_weight(t *testing.T) {
	testkit.NoLeaks(t)
	least := jobobject.Limits{CPUMinRate: 2500, CPURate: 5000}
	job := limited(t, least, "cpu")
	given(t, job, "sleep")
	requireLimits(t, job, least)
	requireNoError(t, job.SetLimits(jobobject.Limits{CPUWeight: 3})) // CPU-13
	requireNoError(t, job.SetLimits(jobobject.Limits{CPUMinRate: 10000}))
}

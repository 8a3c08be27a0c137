package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jobobject"
	"jobobject/internal/testkit"
)

// niceness is what a class means here: no more than the documentation says.
var niceness = map[jobobject.PriorityClass]int{
	jobobject.IdlePriority: 19, jobobject.BelowNormalPriority: 5, jobobject.NormalPriority: 0,
	jobobject.AboveNormalPriority: -5, jobobject.HighPriority: -10, jobobject.RealtimePriority: -20,
}

func prioritized(class jobobject.PriorityClass) jobobject.Limits {
	return jobobject.Limits{PriorityClass: class}
}

// priorities are the nice values and policies of the threads of a process; none
// where it is dead.
func priorities(pid int) (found []unix.SchedAttr) {
	if !testkit.Alive(pid) {
		return nil
	}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	for _, task := range tasks {
		tid, err := strconv.Atoi(filepath.Base(task))
		if err != nil {
			continue
		}
		if attr, err := unix.SchedGetAttr(tid, 0); err == nil {
			found = append(found, *attr)
		}
	}
	return found
}

func has(class jobobject.PriorityClass, attr unix.SchedAttr) bool {
	idle := class == jobobject.IdlePriority
	return int(attr.Nice) == niceness[class] && (attr.Policy == unix.SCHED_IDLE) == idle &&
		(attr.Policy == unix.SCHED_NORMAL) == !idle
}

// requirePriority shows that each thread of the processes has the class.
func requirePriority(t testing.TB, class jobobject.PriorityClass, pids ...int) {
	t.Helper()
	for _, pid := range pids {
		for _, attr := range priorities(pid) {
			if !has(class, attr) {
				t.Errorf("a thread of %d has the nice value %d and the policy %d, want %d (idle %v)",
					pid, attr.Nice, attr.Policy, niceness[class], class == jobobject.IdlePriority)
			}
		}
	}
}

// requireRaise skips the test where priorities cannot be raised.
func requireRaise(t testing.TB) {
	t.Helper()
	if err := newJob(t).SetLimits(prioritized(jobobject.RealtimePriority)); err != nil {
		t.Skip(err)
	}
}

// C62
func TestLIM38_members_have_the_class_from_the_start_with_all_threads_and_children(t *testing.T) {
	for _, verb := range []string{"threads 20", "tree 3 2", "dead-leader", "zombies 3", "daemonize", "stop"} {
		t.Run(verb, func(t *testing.T) {
			testkit.NoLeaks(t)
			job := newJob(t, jobobject.WithLimits(prioritized(jobobject.BelowNormalPriority)))
			given(t, job, strings.Fields(verb)...)
			requirePriority(t, jobobject.BelowNormalPriority, processes(t, job)...)
			requireNoError(t, job.SetLimits(prioritized(jobobject.IdlePriority))) // C58: and while they run
			requirePriority(t, jobobject.IdlePriority, processes(t, job)...)
			requireNoError(t, job.SetLimits(jobobject.Limits{}))
			requirePriority(t, jobobject.IdlePriority, processes(t, job)...) // UNC-14
		})
	}
}

func TestLIM38_the_class_rises_and_falls_as_it_is_set(t *testing.T) {
	testkit.NoLeaks(t)
	requireRaise(t)
	job := newJob(t)
	m := given(t, job, "threads", "5")
	for _, class := range []jobobject.PriorityClass{
		jobobject.IdlePriority, jobobject.HighPriority, jobobject.BelowNormalPriority,
		jobobject.RealtimePriority, jobobject.IdlePriority, jobobject.NormalPriority, jobobject.AboveNormalPriority,
	} {
		requireNoError(t, job.SetLimits(prioritized(class)))
		requireLimits(t, job, prioritized(class))
		requirePriority(t, class, m.pids...)
		requirePriority(t, class, given(t, job, "sleep").pids...)
	}
}

func TestLIM38_an_assigned_process_gets_the_class(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t, jobobject.WithLimits(prioritized(jobobject.IdlePriority)))
	requirePriority(t, jobobject.IdlePriority, assigned(t, job).pid)
}

func TestLIM38_a_class_that_is_set_finds_those_that_are_born_meanwhile(t *testing.T) {
	testkit.RequireFence(t)
	testkit.NoLeaks(t)
	await := reaping(t)
	class := jobobject.BelowNormalPriority
	if newJob(t).SetLimits(prioritized(jobobject.RealtimePriority)) != nil {
		class = jobobject.IdlePriority // a bomb is lower than the other by itself
	}
	for range rounds(t, 5) {
		await()
		job := newJob(t, killOnClose)
		start(t, job, nil, "bomb", "150")
		testkit.Within(t, soon, "growth of the bomb", func() bool { return len(processes(t, job)) >= 10 })
		requireNoError(t, job.SetLimits(prioritized(class)))
		if !byCgroups(t) {
			// A fork that is held up carries the former class past the look, for longer
			// where looks take longer. Within a second it is put right (LIM-04).
			testkit.Within(t, soon, "all have the class", func() bool {
				return !slices.ContainsFunc(processes(t, job), func(pid int) bool {
					return slices.ContainsFunc(priorities(pid), func(attr unix.SchedAttr) bool { return !has(class, attr) })
				})
			})
		} else {
			requirePriority(t, class, processes(t, job)...)
		}
		requireNoError(t, job.Terminate(1))
	}
}

// C31
func TestLIM42_the_lowest_class_of_the_chain_is_effective(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newJob(t, jobobject.WithLimits(prioritized(jobobject.BelowNormalPriority)))
	inner, m := nested(t, outer)
	requireNoError(t, inner.SetLimits(prioritized(jobobject.IdlePriority)))
	requirePriority(t, jobobject.IdlePriority, m.pids...)
	requirePriority(t, jobobject.BelowNormalPriority, given(t, outer, "sleep").pids...)

	loose := newJob(t, jobobject.WithLimits(prioritized(jobobject.NormalPriority)))
	other := givenBoth(t, outer, loose, "sleep")
	requirePriority(t, jobobject.BelowNormalPriority, other.pids...)
	requireLimits(t, loose, prioritized(jobobject.NormalPriority)) // NST-32
}

// The member has the right to, or it has not.
func TestLIM04_a_member_that_raises_its_priority_does_not_keep_it(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t, jobobject.WithLimits(prioritized(jobobject.BelowNormalPriority)))
	m := given(t, job, "hurry")
	testkit.Within(t, soon, "the member is put back", func() bool {
		return !containsOther(jobobject.BelowNormalPriority, priorities(m.Pid()))
	})
	if os.Geteuid() != 0 && !strings.Contains(strings.Join(m.out.Lines(), "\n"), "refused") {
		t.Errorf("a member without privilege says %q", m.out.Lines())
	}
}

func containsOther(class jobobject.PriorityClass, attrs []unix.SchedAttr) bool {
	for _, attr := range attrs {
		if !has(class, attr) {
			return true
		}
	}
	return false
}

func TestUNC24_a_class_above_the_usual_one_takes_privilege_and_the_others_do_not(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "sleep")
	for _, class := range []jobobject.PriorityClass{jobobject.NormalPriority, jobobject.BelowNormalPriority, jobobject.IdlePriority} {
		requireNoError(t, job.SetLimits(prioritized(class)))
	}
	err := job.SetLimits(prioritized(jobobject.HighPriority))
	if err == nil {
		t.Skip("there is the privilege")
	}
	requireErrorIs(t, err, jobobject.ErrNotSupported)
	for _, part := range []string{"PriorityClass", "CAP_SYS_NICE", "ulimit -e"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not tell %s", err, part)
		}
	}
	requireLimits(t, job, prioritized(jobobject.IdlePriority)) // SET-06
	requirePriority(t, jobobject.IdlePriority, m.pids...)
}

func TestLIM38_the_class_counts_among_jobs(t *testing.T) {
	testkit.NoLeaks(t)
	limits := jobobject.Limits{PriorityClass: jobobject.BelowNormalPriority, Affinity: 1}
	urgent := limited(t, jobobject.Limits{PriorityClass: jobobject.NormalPriority, Affinity: 1}, "cpu", "cpuset")
	lazy := limited(t, limits, "cpu", "cpuset")
	given(t, lazy, "spin")
	if byCgroups(t) {
		given(t, lazy, "spin") // more of them have no more
	}
	given(t, urgent, "spin")
	testkit.Within(t, soon*3, "1.5 s of processor time of both", func() bool {
		a, _ := told(t, accounting(t, lazy).UserTime)
		b, _ := told(t, accounting(t, urgent).UserTime)
		return (a + b).Seconds() > 1.5
	})
	a, _ := told(t, accounting(t, lazy).UserTime)
	b, _ := told(t, accounting(t, urgent).UserTime)
	if b < 2*a { // 3 to 1
		t.Errorf("the normal one used %v, the one below %v", b, a)
	}
}

func TestLIM47_scheduling_classes_share_the_processors(t *testing.T) {
	testkit.NoLeaks(t)
	least := limited(t, jobobject.Limits{SchedulingClass: jobobject.SchedulingClassOf(0), Affinity: 1}, "cpu", "cpuset")
	most := limited(t, jobobject.Limits{SchedulingClass: jobobject.SchedulingClassOf(9), Affinity: 1}, "cpu", "cpuset")
	given(t, least, "spin")
	given(t, most, "spin")
	testkit.Within(t, soon*3, "1.5 s of processor time of both", func() bool {
		a, _ := accounting(t, least).UserTime.Get()
		b, _ := accounting(t, most).UserTime.Get()
		return (a + b).Seconds() > 1.5
	})
	a, _ := accounting(t, least).UserTime.Get()
	b, _ := accounting(t, most).UserTime.Get()
	if b < 4*a { // LIM-46: 60 units to 6
		t.Errorf("class 9 used %v, class 0 used %v", b, a)
	}
}

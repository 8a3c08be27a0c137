package conformance

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/testkit"
)

// requireNear holds a figure against what is known in another way.
func requireNear(t testing.TB, what string, got, want, part float64) {
	t.Helper()
	off := got/want - 1
	t.Logf("%s: %.4g, want %.4g, off by %+.2f %%", what, got, want, 100*off)
	if math.Abs(off) > part {
		t.Errorf("%s: %.4g, want %.4g within %.0f %%", what, got, want, 100*part)
	}
}

// timeUsed is as exact as it is told here, or the test fails.
func timeUsed(t testing.TB, job *jobobject.Job) time.Duration {
	t.Helper()
	figures := accounting(t, job)
	user, known := told(t, figures.UserTime)
	system, alsoKnown := told(t, figures.KernelTime)
	if !known || !alsoKnown {
		t.Fatalf("user time %v and kernel time %v are not exact", figures.UserTime, figures.KernelTime)
	}
	return user + system
}

// C62: half a processor for four seconds is two seconds of one.
func TestCPU05_a_member_that_never_rests_gets_its_share_and_no_more(t *testing.T) {
	testkit.NoLeaks(t)
	half, err := jobobject.CPURateOf(0.5)
	requireNoError(t, err)
	job := limited(t, jobobject.Limits{CPURate: half}, "cpu")
	given(t, job, "spin")
	after(200 * time.Millisecond) // what the start has left over of a period
	const tries = 5
	for try := 1; ; try++ {
		began, before := time.Now(), timeUsed(t, job)
		after(4 * time.Second)
		used := timeUsed(t, job) - before
		want := time.Since(began) / 2
		if float64(used) < 0.95*float64(want) && try < tries {
			t.Logf("used %v of %v: others have had the processors", used, want)
			continue
		}
		requireNear(t, "seconds that were used", used.Seconds(), want.Seconds(), 0.05)
		return
	}
}

// ACC-01, ACC-02, C41: it makes no difference whether anybody waits for a process.
// What one says at its end is without its end itself, some 0.1 ms of the kernel's time.
func TestACC01_orphans_have_used_what_they_say(t *testing.T) {
	testkit.NoLeaks(t)
	requireTally(t, nil, "spin-tally", strconv.Itoa(orphans(t)), spell())
}

func TestACC01_traced_orphans_have_used_what_they_say(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	requireTally(t, []jobobject.Option{jobobject.WithTracing()}, "spin-tally", strconv.Itoa(orphans(t)), spell())
}

// That of short ones tells who reaps them.
func TestACC01_ten_thousand_short_orphans_have_used_what_the_kernel_tells_who_reaps_them(t *testing.T) {
	testkit.NoLeaks(t)
	requireTally(t, nil, "spin-tally", strconv.Itoa(shortLived(t)), "1ms", "reap")
}

// orphans is how many there are, and spell how long each of them spins: where an end
// takes longer, as in an emulated machine, it has to be less of it.
func orphans(t testing.TB) int {
	t.Helper()
	if testing.Short() {
		return rounds(t, 120)
	}
	return rounds(t, 500)
}

func shortLived(t testing.TB) int {
	t.Helper()
	if testing.Short() {
		return rounds(t, 2_500)
	}
	return rounds(t, 10_000)
}

func spell() string {
	if testing.Short() {
		return "400ms"
	}
	return "10ms"
}

func requireTally(t *testing.T, options []jobobject.Option, verb ...string) {
	t.Helper()
	testkit.RequireFence(t)
	job := newJob(t, options...)
	m := start(t, job, nil, verb...)
	var said time.Duration
	for _, line := range m.out.Await(t, 5*time.Minute, "ready") {
		if number, found := strings.CutPrefix(line, "used "); found {
			_, err := fmt.Sscan(number, (*int64)(&said))
			requireNoError(t, err)
		}
	}
	if said == 0 {
		t.Fatal("they do not say what they have used")
	}
	part := 0.02
	if !byCgroups(t) { // four times of the living, each in whole hundredths of a second
		part += 0.04 / said.Seconds()
	}
	requireNear(t, "seconds that were used", timeUsed(t, job).Seconds(), said.Seconds(), part)
}

// ACC-12, C42: what was given back counts as well.
func TestACC12_the_peak_of_a_process_is_what_it_has_touched(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	const touched = 512 << 20
	job := newJob(t, jobobject.WithTracing())
	given(t, job, "alloc", strconv.Itoa(touched>>20), "release")
	peak, known := accounting(t, job).PeakProcessMemory.Get()
	if !known {
		t.Fatal("the peak is not known exactly")
	}
	requireNear(t, "bytes at most", float64(peak), touched, 0.05)
}

// ACC-13, C42
func TestACC13_the_peak_of_a_job_is_what_its_members_have_had_together(t *testing.T) {
	testkit.NoLeaks(t)
	const touched = 128 << 20
	job := limited(t, jobobject.Limits{JobMemory: 4 * touched}, "memory")
	given(t, job, "alloc", strconv.Itoa(touched>>20), "hold")
	given(t, job, "alloc", strconv.Itoa(touched>>20), "release")
	peak, known := accounting(t, job).PeakJobMemory.Get()
	if !known {
		t.Fatal("the peak is not known exactly")
	}
	requireNear(t, "bytes at most", float64(peak), 2*touched, 0.05)
}

package conformance

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

func residentBytes(t testing.TB, pid int) uint64 {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	requireNoError(t, err)
	var size, resident uint64
	_, err = fmt.Sscan(string(content), &size, &resident)
	requireNoError(t, err)
	return resident * uint64(os.Getpagesize())
}

func working(least, most uint64) jobobject.Limits {
	return jobobject.Limits{MinWorkingSet: least << 20, MaxWorkingSet: most << 20}
}

// C57, LIM-02
func TestLIM02_a_working_set_has_a_minimum_and_a_maximum(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	for _, limits := range []jobobject.Limits{working(1, 0), working(0, 1), working(2, 1)} {
		requireErrorIs(t, job.SetLimits(limits), jobobject.ErrInvalidLimit)
		requireLimits(t, job, jobobject.Limits{})
	}
}

// It holds, or it is said why not.
func TestLIM01_members_are_trimmed_to_the_maximum_each(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	present := given(t, job, "alloc", "64", "hold")
	err := job.SetLimits(working(4, 24))
	if err != nil {
		requireErrorIs(t, err, jobobject.ErrNotSupported)
		requireLimits(t, job, jobobject.Limits{})
		if !strings.Contains(err.Error(), "MaxWorkingSet") {
			t.Errorf("%q does not name the limit", err)
		}
		t.Skip(err)
	}
	requireLimits(t, job, working(4, 24))
	later, small := given(t, job, "alloc", "64", "hold"), given(t, job, "sleep")
	before := residentBytes(t, small.Pid())
	for _, m := range []*member{present, later} {
		testkit.Within(t, soon, "the member is trimmed", func() bool { return residentBytes(t, m.Pid()) <= 25<<20 })
		if now := residentBytes(t, m.Pid()); now < 4<<20 {
			t.Errorf("a member has %d bytes left", now)
		}
	}
	if now := residentBytes(t, small.Pid()); now < before/2 {
		t.Errorf("one that had %d bytes has %d", before, now)
	}
	requireAlive(t, present.Pid(), later.Pid(), small.Pid())
	requireNoError(t, job.SetLimits(jobobject.Limits{}))
}

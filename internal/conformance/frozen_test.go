//go:build linux

package conformance

import (
	"testing"

	"jobobject/internal/testkit"
)

func TestC25_a_frozen_job_is_killed_without_a_thaw(t *testing.T) {
	for _, verb := range []string{"ticker", "ignore-all", "stop", "dead-leader", "daemonize", "threads"} {
		args := []string{verb}
		if verb == "threads" {
			args = append(args, "20")
		}
		t.Run("by terminate: "+verb, func(t *testing.T) {
			testkit.NoLeaks(t)
			job := newJob(t)
			m := given(t, job, args...)
			requireNoError(t, job.Freeze())
			timed(t, "terminate", soon, func() error { return job.Terminate(1) })
			m.requireGone(t, atOnce)
			requireEmpty(t, job)
		})
		t.Run("by its last close: "+verb, func(t *testing.T) {
			testkit.NoLeaks(t)
			job := newJob(t, killOnClose)
			m := given(t, job, args...)
			requireNoError(t, job.Freeze())
			timed(t, "close", soon, job.Close)
			m.requireGone(t, atOnce)
		})
	}
}

func TestC25_the_owner_of_a_frozen_job_is_killed(t *testing.T) {
	testkit.NoLeaks(t)
	place := newPlace(t)
	o := place.owner(t, "own", "freeze")
	o.kill(t)
	place.requireClean(t)
}

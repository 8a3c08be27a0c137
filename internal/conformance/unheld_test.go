//go:build linux

package conformance

import (
	"errors"
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/testkit"
)

// C68: on whatever host, each limit is held or refused when it is set, in which case
// nothing is as if it had been.
func TestC68_a_limit_that_nothing_holds_is_an_error_when_it_is_set(t *testing.T) {
	testkit.NoLeaks(t)
	for name, limits := range map[string]jobobject.Limits{
		"JobMemory":               {JobMemory: 1 << 40},
		"JobMemoryKillsAll":       {JobMemory: 1 << 40, JobMemoryKillsAll: true},
		"ProcessMemory":           {ProcessMemory: 1 << 40},
		"MaxWorkingSet":           {MinWorkingSet: 1 << 20, MaxWorkingSet: 1 << 30},
		"ActiveProcesses":         {ActiveProcesses: 100},
		"Affinity":                {Affinity: 1},
		"CPURate":                 {CPURate: jobobject.FullCPURate / 2},
		"CPUWeight":               {CPUWeight: 9},
		"CPUMinRate":              {CPUMinRate: jobobject.FullCPURate / 4},
		"IORate":                  {IORate: jobobject.IORate{ReadBytes: 1 << 30}},
		"PriorityClass":           {PriorityClass: jobobject.BelowNormalPriority},
		"SchedulingClass":         {SchedulingClass: jobobject.SchedulingClassOf(3)},
		"DieOnUnhandledException": {DieOnUnhandledException: true},
		"JobUserTime":             {JobUserTime: time.Hour},
		"ProcessUserTime":         {ProcessUserTime: time.Hour},
		"BreakawayOK":             {BreakawayOK: true},
		"SilentBreakawayOK":       {SilentBreakawayOK: true},
	} {
		t.Run(name, func(t *testing.T) {
			limits.KillOnClose = true
			before := jobobject.Limits{KillOnClose: true}
			made, createErr := jobobject.Create("", jobobject.WithLimits(limits))
			if createErr == nil {
				requireNoError(t, made.Close())
			}
			job := newJob(t, jobobject.WithLimits(before))
			setErr := job.SetLimits(limits)
			if (createErr == nil) != (setErr == nil) {
				t.Errorf("at Create it is %v, when set %v", createErr, setErr)
			}
			if setErr == nil {
				requireLimits(t, job, limits)
				return
			}
			requireRefused(t, setErr)
			requireLimits(t, job, before)

			m := start(t, job, nil, "ticker") // nor is it held to it later
			requireRefused(t, job.SetLimits(limits))
			requireLimits(t, job, before)
			requireTicks(t, m)
		})
	}
}

// requireRefused wants to know why, and what helps.
func requireRefused(t testing.TB, err error) {
	t.Helper()
	var unsupported *jobobject.NotSupportedError
	if !errors.As(err, &unsupported) || unsupported.Feature == "" || unsupported.Cause == nil || unsupported.Remedy == "" {
		t.Errorf("refused without reason and remedy: %v", err)
	}
}

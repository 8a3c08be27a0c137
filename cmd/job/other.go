//go:build !linux

package main

import (
	"os"
	"os/exec"
	"runtime"

	"jobobject"
	"jobobject/internal/probe"
	"jobobject/internal/report"
)

var passedSignals, stoppingSignals, childSignals, wakers []os.Signal

func (a *attendant) stopOrGoOn(os.Signal) {}

func (a *attendant) childChanged() {}

func findProgram(name string) (string, error) { return exec.LookPath(name) }

func explainStart(_ string, err error) error { return err }

func prepareGuard() {}

func dismissGuard() {}

func hasChildren() bool { return false }

func (s *session) mend(err error) ([]report.Process, error) { return nil, err }

func machineProcessors() int { return runtime.NumCPU() }

func commandLine(int) (string, bool) { return "", false }

func lookAt(int) (eventStream, error) { return nil, jobobject.ErrNotSupported }

func eventsHere(probe.Report) probe.Capability {
	return probe.Capability{Name: "events of jobs", Group: probe.Events, State: probe.No, Why: jobobject.ErrNotSupported.Error()}
}

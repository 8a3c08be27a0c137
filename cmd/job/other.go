//go:build !linux

package main

import (
	"os"
	"os/exec"

	"jobobject"
)

var passedSignals, stoppingSignals, childSignals, wakers []os.Signal

func (a *attendant) stopOrGoOn(os.Signal) {}

func (a *attendant) childChanged() {}

func findProgram(name string) (string, error) { return exec.LookPath(name) }

func explainStart(_ string, err error) error { return err }

func prepareGuard() {}

func dismissGuard() {}

func commandLine(int) (string, bool) { return "", false }

func lookAt(int) (eventStream, error) { return nil, jobobject.ErrNotSupported }

//go:build !linux

package jobobject

import (
	"errors"
	"runtime"

	"jobobject/internal/kernel"
)

func system() kernel.Kernel {
	return unsupported{&kernel.NotSupportedError{
		Feature: "jobs", Cause: errors.New("no implementation for " + runtime.GOOS),
	}}
}

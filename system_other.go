//go:build !linux

package jobobject

import (
	"errors"
	"runtime"

	"jobobject/internal/kernel"
)

func system() kernel.Kernel {
	return unsupported{errors.New("no implementation for " + runtime.GOOS)}
}

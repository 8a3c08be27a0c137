package mechanism

import (
	"errors"

	"jobobject/internal/kernel"
)

// NoneFor is the error on a system for which there is no mechanism.
func NoneFor(system string) error {
	return &kernel.NotSupportedError{
		Feature: "jobs",
		Cause:   errors.New("no implementation for " + system),
		Remedy:  "run the program on Linux, which may be in a container or a virtual machine",
	}
}

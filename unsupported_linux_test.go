package jobobject

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"jobobject/internal/kernel"
	"jobobject/internal/mechanism"
)

// On a system without an implementation all that would make or find a job says so,
// with the reason and what helps. The code is the one of those systems, run on this.
func TestASystemWithoutJobsSaysSoWhereverOneIsWanted(t *testing.T) {
	before := system
	t.Cleanup(func() { system = before })
	system = func() kernel.Kernel { return unsupported{mechanism.NoneFor("plan9")} }

	for what, err := range map[string]error{
		"Create":             second(Create("")),
		"Create with limits": second(Create("x", WithLimits(Limits{KillOnClose: true}))),
		"Open":               second(Open("x", AllAccess)),
		"Current":            second(Current()),
		"StartBreakaway":     second(StartBreakaway(exec.Command("true"))),
	} {
		var unsupported *NotSupportedError
		if !errors.Is(err, ErrNotSupported) || !errors.As(err, &unsupported) {
			t.Errorf("%s: the error is %v", what, err)
			continue
		}
		if !strings.Contains(err.Error(), "no implementation for plan9") || unsupported.Remedy == "" {
			t.Errorf("%s: it is not said why, or what helps: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

//go:build linux

package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"jobobject/internal/model"
)

// playTime is what a sequence may take.
const playTime = 30 * time.Second

func TestModel_real_jobs_do_what_the_rules_say(t *testing.T) {
	p := newPlace(t) // what a caller leaves that dies in the middle ends with it
	var fit []func(*model.Step) bool
	if !byCgroups(t) {
		fit = append(fit, unmoved)
	}
	first := true
	model.Check(t, rounds(t, 100), func(rt *rapid.T) {
		steps := model.Sequence(rt, 15, fit...)
		begun, err := p.play(t, steps)
		if err != nil {
			difference := fmt.Sprintf("%v\n%s", err, model.Listing(steps[:begun]))
			if rt.Log(difference); first { // what does not happen again is lost otherwise
				first = false
				t.Logf("first seen as %s", difference)
			}
			rt.Fatal("jobs and the rules differ")
		}
	})
}

// unmoved leaves out what takes processes into jobs, or out of them.
func unmoved(step *model.Step) bool {
	step.Limits.BreakawayOK, step.Limits.SilentBreakawayOK = false, false
	return step.Op != model.Assign
}

// play has a program of its own play the steps, as the caller is in jobs and dies
// with them. It says how many were begun.
func (p *place) play(t testing.TB, steps []model.Step) (begun int, err error) {
	t.Helper()
	input, err := json.Marshal(steps)
	requireNoError(t, err)
	cmd := roleCommand(t, "model")
	cmd.Stdin = bytes.NewReader(input)
	cmd.WaitDelay = soon
	p.hold(t, cmd)
	for after, signal := range map[time.Duration]syscall.Signal{
		playTime:        syscall.SIGQUIT, // it says where it hangs
		playTime + soon: syscall.SIGKILL,
	} {
		watchdog := time.AfterFunc(after, func() { _ = cmd.Process.Signal(signal) })
		defer watchdog.Stop()
	}
	output, err := cmd.CombinedOutput()

	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	begun = strings.Count("\n"+string(output), "\nstep ")
	switch last := lines[len(lines)-1]; {
	case err == nil && last == "same":
		return begun, nil
	case killed(err) && model.EndsCaller(steps) && begun == len(steps):
		return begun, nil
	}
	return begun, errors.Join(err, fmt.Errorf("the player said\n%s", afterSteps(lines)))
}

func killed(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

func afterSteps(lines []string) string {
	for len(lines) > 0 && strings.HasPrefix(lines[0], "step ") {
		lines = lines[1:]
	}
	return strings.Join(lines, "\n")
}

//go:build linux

package conformance

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// roleVariable says that the test binary is not to test but to be a program
// that uses jobs, and which one: tests about owners need one that can die.
const roleVariable = "JOBOBJECT_CONFORMANCE_ROLE"

// leaveAtOnce keeps the race detector from holding up the exit of a program by a
// second.
const leaveAtOnce = "GORACE=atexit_sleep_ms=0"

// roles speak as the fixture does: "pid N" for what they made, "ready" once all
// they promise is true, "failed: " and the cause.
var roles = map[string]func(args []string) error{
	"own":        ownRole,
	"churn":      churnRole,
	"first-job":  firstJobRole,
	"leave":      leaveRole,
	"inside":     insideRole,
	"reuse":      reuseRole,
	"suspend":    suspendRole,
	"current":    currentRole,
	"break-away": breakAwayRole,
}

func play(name string, args []string) int {
	role, known := roles[name]
	if !known {
		fmt.Printf("failed: no role %q\n", name)
		return 2
	}
	if err := role(args); err != nil {
		fmt.Printf("failed: %v\n", err)
		return 1
	}
	return 0
}

// roleCommand is this binary in another role.
func roleCommand(t testing.TB, role string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	requireNoError(t, err)
	cmd := exec.Command(self, args...)
	cmd.Env = append(cmd.Environ(), roleVariable+"="+role, "JOBOBJECT_FIXTURE="+testkit.Fixture(t), leaveAtOnce)
	return cmd
}

// enlist starts a verb of the fixture in the job of a role, waits until it is
// ready, and passes on what it reports.
func enlist(job *jobobject.Job, verb ...string) (*jobobject.Process, error) {
	cmd := exec.Command(os.Getenv("JOBOBJECT_FIXTURE"), verb...)
	r, w, err := os.Pipe() // not closed: nobody is to die of that
	if err != nil {
		return nil, err
	}
	cmd.Stdout = w
	process, err := job.Start(cmd)
	w.Close()
	if err != nil {
		return nil, err
	}
	fmt.Printf("pid %d\n", process.Pid())
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "pid ") {
			fmt.Println(lines.Text())
		}
		if lines.Text() == "ready" {
			return process, nil
		}
	}
	return nil, fmt.Errorf("fixture %q ended before it was ready", verb)
}

// ownRole owns a kill-on-close job with members that are hard to end, and dies
// as the line says that it reads: panic, exit, return.
func ownRole(args []string) error {
	job, err := jobobject.Create("", killOnClose)
	if err != nil {
		return err
	}
	for _, verb := range []string{"sleep", "daemonize", "ignore-all"} {
		if _, err := enlist(job, verb); err != nil {
			return err
		}
	}
	if len(args) > 0 && args[0] == "freeze" {
		if err := job.Freeze(); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	switch line, _ := bufio.NewReader(os.Stdin).ReadString('\n'); line {
	case "panic\n":
		panic("as the test wants it")
	case "exit\n":
		os.Exit(3)
	}
	return nil
}

// churnRole starts and ends jobs and members without end, to be killed in the
// middle of any of it.
func churnRole([]string) error {
	fmt.Println("ready")
	for {
		job, err := jobobject.Create("", killOnClose)
		if err != nil {
			return err
		}
		for _, verb := range []string{"sleep", "fork-exit", "ignore-all"} {
			if _, err := job.Start(exec.Command(os.Getenv("JOBOBJECT_FIXTURE"), verb)); err != nil {
				return err
			}
		}
		if err := job.Close(); err != nil {
			return err
		}
	}
}

// firstJobRole is any program that uses a job once.
func firstJobRole([]string) error {
	job, err := jobobject.Create("", killOnClose)
	if err != nil {
		return err
	}
	if _, err := enlist(job, "sleep"); err != nil {
		return err
	}
	if err := job.Close(); err != nil {
		return err
	}
	fmt.Println("ready")
	return nil
}

// leaveRole leaves a member of a job behind that does not kill on close.
func leaveRole([]string) error {
	job, err := jobobject.Create("")
	if err != nil {
		return err
	}
	if _, err := enlist(job, "daemonize"); err != nil {
		return err
	}
	fmt.Println("ready")
	return nil
}

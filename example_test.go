package jobobject_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"time"

	"jobobject"
)

// A command ends and leaves a process behind. Closing the job takes it along,
// and so would the death of this program.
func Example() {
	job, err := jobobject.Create("", jobobject.WithLimits(jobobject.Limits{KillOnClose: true}))
	if err != nil {
		log.Fatal(err)
	}
	defer job.Close()

	process, err := job.Start(exec.Command("sh", "-c", "setsid sleep 60 & exit 3"))
	if err != nil {
		log.Fatal(err)
	}
	status, err := process.Wait()
	if err != nil {
		log.Fatal(err)
	}
	left, err := job.Processes()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ended with", status.ExitCode(), "and left behind", len(left), "process")
	// ended with 3 and left behind 1 process
}

// Terminate returns when all members are gone. Those that were started through
// the library report its code as theirs.
func ExampleJob_Terminate() {
	job, err := jobobject.Create("")
	if err != nil {
		log.Fatal(err)
	}
	defer job.Close()
	process, err := job.Start(exec.Command("sleep", "60"))
	if err != nil {
		log.Fatal(err)
	}

	err = job.Terminate(7)
	var survivors *jobobject.SurvivorsError
	switch {
	case errors.As(err, &survivors):
		fmt.Println("cannot be killed now:", survivors.Survivors)
	case err != nil:
		log.Fatal(err)
	}
	status, err := process.Wait()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status)
	// exit code 7 (killed)
}

// A command is over when the last of its descendants is, or after a time.
func ExampleJob_WaitEmpty() {
	job, err := jobobject.Create("", jobobject.WithLimits(jobobject.Limits{KillOnClose: true}))
	if err != nil {
		log.Fatal(err)
	}
	defer job.Close()
	process, err := job.Start(exec.Command("sh", "-c", "sleep 60 & sleep 60 &"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := process.Wait(); err != nil {
		log.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := job.WaitEmpty(ctx); errors.Is(err, context.DeadlineExceeded) {
		left, _ := job.Processes()
		fmt.Println("still at work:", len(left))
	}
	// still at work: 2
}

// A process that is there already becomes a member, and what it starts from then
// on.
func ExampleJob_Assign() {
	server := exec.Command("sleep", "60")
	if err := server.Start(); err != nil {
		log.Fatal(err)
	}
	defer server.Wait()

	job, err := jobobject.Create("", jobobject.WithLimits(jobobject.Limits{KillOnClose: true}))
	if err != nil {
		log.Fatal(err)
	}
	if err := job.Assign(server.Process.Pid); err != nil {
		log.Fatal(err)
	}
	inside, err := job.Contains(server.Process.Pid)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("inside:", inside)
	if err := job.Close(); err != nil {
		log.Fatal(err)
	}
	// inside: true
}

// A suspended process is a member before it has executed an instruction, so
// there is time to prepare what it needs.
func ExampleSuspended() {
	job, err := jobobject.Create("")
	if err != nil {
		log.Fatal(err)
	}
	defer job.Close()
	cmd := exec.Command("echo", "at last")
	cmd.Stdout = os.Stdout
	process, err := job.Start(cmd, jobobject.Suspended())
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println("not yet")
	if err := process.Resume(); err != nil {
		log.Fatal(err)
	}
	if _, err := process.Wait(); err != nil {
		log.Fatal(err)
	}
	// not yet
	// at last
}

// Figures that this host cannot tell are unknown, which is not 0.
func ExampleJob_Accounting() {
	job, err := jobobject.Create("")
	if err != nil {
		log.Fatal(err)
	}
	defer job.Close()
	process, err := job.Start(exec.Command("true"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := process.Wait(); err != nil {
		log.Fatal(err)
	}

	used, err := job.Accounting()
	if err != nil {
		log.Fatal(err)
	}
	if active, known := used.ActiveProcesses.Get(); known {
		fmt.Println("active:", active)
	}
	if _, known := used.TerminatedProcesses.Get(); known {
		fmt.Println("ended by a limit:", used.TerminatedProcesses)
	}
	if _, known := used.UserTime.Get(); !known {
		fmt.Println("the CPU time is not known here")
	}
	// active: 0
	// ended by a limit: 0
}

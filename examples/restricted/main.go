// Command restricted runs a command in a job that restricts it, as the function
// StartRestrictedProcess of an article on Windows' job objects does: it has the
// lowest priority, and with all that it starts no more than one second of processor
// time:
//
//	restricted [-time 1s] [-trace] CMD [ARG...]
//
// It waits for what comes first, the end of the command or that of its time, says
// which it was, and prints what the job has used:
//
//	restricted sh -c 'while :; do :; done'
//
// # What is different here
//
// The original creates the process suspended, outside of the job, and assigns it: so
// it has no chance to run unrestricted. If that program dies in between, a suspended
// process stays for ever (CPR-05). Here it is a member before it is there at all, and
// suspended only so that there is a moment to say so.
//
// The original waits for two handles, and takes the first that is signaled for the
// answer. But a job whose time is used up is signaled when its members have been
// killed (SIG-02): so both are signaled then, and a wait that looks at the process
// first never learns of the job. Here the job is asked what its limits have done.
//
// The original closes its handle and leaves alone what the command has left behind.
// So would this one without KillOnClose, but user time is watched by the process that
// holds the job, and nobody would watch it any more.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"slices"
	"text/tabwriter"
	"time"

	"jobobject"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("restricted: ")
	limit := flag.Duration("time", time.Second, "the processor time, in user mode, that the job has")
	trace := flag.Bool("trace", false, "have the figures that only a tracer knows")
	flag.Parse()
	if flag.NArg() == 0 {
		log.Fatal("no command given; write it as in `restricted sh -c 'while :; do :; done'`")
	}
	if *limit <= 0 {
		log.Fatalf("-time %v: it is more than 0", *limit)
	}
	if err := startRestricted(flag.Args(), *limit, *trace); err != nil {
		log.Fatal(err)
	}
}

func startRestricted(command []string, limit time.Duration, trace bool) (err error) {
	options := []jobobject.Option{jobobject.WithLimits(jobobject.Limits{
		PriorityClass: jobobject.IdlePriority,
		JobUserTime:   limit,
		KillOnClose:   true,
	})}
	if trace {
		options = append(options, jobobject.WithTracing())
	}
	job, err := jobobject.Create("", options...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, job.Close()) }()

	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	process, err := job.Start(cmd, jobobject.Suspended())
	if err != nil {
		return err
	}
	fmt.Println("Restricted:", process.Pid())
	if err := process.Resume(); err != nil {
		return err
	}
	ended, err := waitForFirst(job, process)
	if err != nil {
		return err
	}
	fmt.Println(ended)
	used, err := job.Accounting()
	if err != nil {
		return err
	}
	return printStatistics(os.Stdout, used)
}

// waitForFirst waits for the process or the job, and says which of them ended.
func waitForFirst(job *jobobject.Job, process *jobobject.Process) (ended string, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signaled := make(chan error, 1)
	go func() { signaled <- job.WaitSignaled(ctx) }()
	exited := make(chan error, 1)
	var status jobobject.ExitStatus
	go func() {
		var err error
		status, err = process.Wait()
		exited <- err
	}()

	select {
	case err = <-signaled:
		err = errors.Join(err, <-exited) // it has been killed, or was dead already
	case err = <-exited:
	}
	if err != nil {
		return "", err
	}
	strikes, err := job.Strikes()
	if err != nil {
		return "", err
	}
	timeIsUp := func(s jobobject.Strike) bool { return s.Limit == jobobject.JobUserTimeStrike }
	if slices.ContainsFunc(strikes, timeIsUp) {
		return "The time of the job is used up", nil
	}
	if sig, killed := status.Signal(); killed {
		return fmt.Sprintf("The process was ended by %v", sig), nil
	}
	return fmt.Sprintf("The process has ended with %d", status.ExitCode()), nil
}

// printStatistics uses the names of Windows' structures. What cannot be known here is
// unknown; of I/O other than reads and writes nobody counts any.
func printStatistics(to io.Writer, used jobobject.Accounting) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, line := range []struct {
		name   string
		figure fmt.Stringer
		unit   string
	}{
		{"TotalUserTime", used.UserTime, ""},
		{"TotalKernelTime", used.KernelTime, ""},
		{"ThisPeriodTotalUserTime", used.PeriodUserTime, ""},
		{"ThisPeriodTotalKernelTime", used.PeriodKernelTime, ""},
		{"TotalPageFaultCount", used.PageFaults, ""},
		{"TotalProcesses", used.TotalProcesses, ""},
		{"ActiveProcesses", used.ActiveProcesses, ""},
		{"TotalTerminatedProcesses", used.TerminatedProcesses, ""},
		{"ReadOperationCount", used.ReadOperations, ""},
		{"WriteOperationCount", used.WriteOperations, ""},
		{"ReadTransferCount", used.ReadBytes, "bytes"},
		{"WriteTransferCount", used.WriteBytes, "bytes"},
		{"PeakProcessMemoryUsed", used.PeakProcessMemory, "bytes"},
		{"PeakJobMemoryUsed", used.PeakJobMemory, "bytes"},
	} {
		text := line.figure.String()
		if line.unit != "" && text != "unknown" {
			text += " " + line.unit
		}
		fmt.Fprintf(table, "  %s\t%s\n", line.name, text)
	}
	return table.Flush()
}

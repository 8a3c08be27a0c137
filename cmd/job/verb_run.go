package main

import (
	"flag"
	"fmt"
	"time"

	"jobobject"
	"jobobject/internal/supervise"
)

const runHelp = `Usage: job run [FLAG...] [--] CMD [ARG...]

Runs a command as a job: with everything that it starts, and all that those
start, as one unit. When the command ends, is interrupted or runs out of time,
or when job itself is killed, nothing of it is left.

The command has the standard files, the terminal and the environment of job, and
is in its process group: pipes, Ctrl-C, Ctrl-Z, fg, vim and bash work as without
job. The first argument that is no flag begins the command.

Flags:
  --timeout DUR       end the job after that time, as 90s or 1h30m; 0 is never
  --grace DUR         how long the members have to end after they have been told
                      to, before they are killed (default 5s)
  --wait main|all     what to wait for: the command itself (default), then end
                      what it leaves behind; or the last process of its tree
  --keep              let what the command leaves behind go on when it has ended
  --breakaway-ok      let members start processes outside with job breakaway
  --memory SIZE       what all members may have together, as 512M or 2GiB
  --memory-kills-all  end all of them when the kernel has to end one for that
  --process-memory SIZE  what each of them may have for data; allocations beyond fail
  --working-set MIN,MAX  what each of them may keep in memory; the rest is paged out
  --processes N       how many members there may be at a time; threads do not count
  --affinity LIST     the processors that they may run on, as 0,2-3
  --cpus N            the processors that they may use together, as 2 or 0.5
  --cpu-weight N      their share when others want the processors too: 1 to 9,
                      relative to the usual 5; instead of --cpus
  --cpu-min N         the processors that they get when they want them, as far as
                      those beside the job leave them; with --cpus as the most
  --io SPEC           what they may read and write on disks in a second, as
                      read=10M,write=5M,read-ops=200,write-ops=100,device=/dev/sda;
                      without device= on each disk. What goes through the cache
                      counts when it is written, if that can be told then
  --priority CLASS    how urgent they are: idle, below-normal, normal, above-normal,
                      high or realtime; the last three take privilege
  --scheduling-class N  their share of the processors as a whole: 0 to 9, relative
                      to the usual 5; beside --cpus or --cpu-weight
  --die-on-crash      no core file, and no program called, when one of them crashes
  --job-time DUR      the time in user mode that they may use together
  --process-time DUR  the time in user mode that each of them may use
  --on-limit terminate|post  what happens when --job-time is used up: the job is
                      ended (default), or goes on after a line on standard error;
                      to be told, job watches it, which takes as long as --trace
  --mechanism NAME    what keeps the job together: cgroup, proctree (supervisors, for
                      where no cgroup can be made), or auto, which takes the first
                      of them that this host has (default; JOBOBJECT_MECHANISM)
  --report            tell on standard error what the job has cost and left
  --report-file FILE  write that to FILE as a JSON object
  --tree              show on standard error at the end which processes there
                      were: how long, processor time, memory, how they ended
  --profile FILE      write that to FILE as a Chrome trace, for Perfetto or speedscope
  --events FILE       write all that happens to FILE, one JSON object per line,
                      while the command runs
  --trace             watch every process, for a report with exact figures of those
                      that nobody waits for; the last three do that anyway. It takes
                      a quarter of a second to begin, and needs root for all of it

Signals: INT and QUIT from the terminal reach the command without job, which
leaves the decision to it. TERM and HUP, and INT and QUIT if job does not have
the terminal, are passed on to every process of the job; what has not ended
after the grace is killed, and a second one kills at once. USR1 and USR2 are
passed on to the command.

Limits: what exceeds one is ended, by the kernel for --memory and by job for the
times and for processes that members fork. A limit that this host cannot hold is
an error, and nothing is started: job limits tells which those are.

Places: in a unit of systemd that is not delegated, such as a session, job gets a
scope of its own by asking systemd; JOBOBJECT_DELEGATION=no does without. job doctor
tells which place it has.

Exit status:
  that of the command; 128+N if signal N ended it, so 137 if it had to be killed
  124   --timeout or a limit ended the job
  125   job itself failed, or could not end a process (it says which)
  126   the command was found and could not be executed
  127   the command was not found
`

// runOptions are a checked command line.
type runOptions struct {
	rules      supervise.Rules
	keep       bool
	limits     jobobject.Limits
	onLimit    bool // what is to happen at the end of the job time was said
	report     bool
	reportFile *string // nil where none is wanted; as the next two
	events     *string
	profile    *string
	tree       bool
	trace      bool
	command    []string
}

func runVerb(args []string) int {
	options, status, done := parseRun(args)
	if done {
		return status
	}
	return run(options)
}

func parseRun(args []string) (o *runOptions, status int, done bool) {
	o = &runOptions{
		rules:  supervise.Rules{Grace: 5 * time.Second},
		limits: jobobject.Limits{KillOnClose: true},
	}
	flags := runFlags(o)
	if status, done := parseFlags(flags, args, runHelp); done {
		return nil, status, true
	}
	o.command = flags.Args()
	if o.onLimit && o.limits.JobUserTime == 0 {
		complain("run: --on-limit is about --job-time, which is not given; add it, as --job-time 10s")
		return nil, exitTrouble, true
	}
	if len(o.command) == 0 {
		complain("run: no command given; write it after the flags, as in `job run -- make test`")
		return nil, exitTrouble, true
	}
	return o, 0, false
}

func runFlags(o *runOptions) *flag.FlagSet {
	flags := newFlags("run")
	flags.Func("timeout", "", durationInto(&o.rules.Timeout))
	flags.Func("grace", "", durationInto(&o.rules.Grace))
	flags.Func("wait", "", func(text string) error {
		switch text {
		case "main", "all":
			o.rules.All = text == "all"
			return nil
		}
		return fmt.Errorf("it is main or all")
	})
	flags.BoolVar(&o.keep, "keep", false, "")
	flags.BoolVar(&o.limits.BreakawayOK, "breakaway-ok", false, "")
	limitFlags(flags, &o.limits)
	flags.Func("on-limit", "", func(text string) error {
		switch text {
		case "terminate":
			o.limits.EndOfJobTime = jobobject.TerminateAtEndOfJob
		case "post":
			o.limits.EndOfJobTime = jobobject.PostAtEndOfJob
		default:
			return fmt.Errorf("it is terminate or post")
		}
		o.onLimit = true
		return nil
	})
	flags.Func("mechanism", "", jobobject.UseMechanism)
	flags.BoolVar(&o.report, "report", false, "")
	flags.BoolVar(&o.tree, "tree", false, "")
	flags.BoolVar(&o.trace, "trace", false, "")
	flags.Func("report-file", "", fileInto(&o.reportFile))
	flags.Func("profile", "", fileInto(&o.profile))
	flags.Func("events", "", fileInto(&o.events))
	return flags
}

// fileInto keeps an empty name apart from none.
func fileInto(target **string) func(string) error {
	return func(text string) error {
		*target = &text
		return nil
	}
}

func durationInto(target *time.Duration) func(string) error {
	return func(text string) error {
		d, err := time.ParseDuration(text)
		switch {
		case err != nil:
			return fmt.Errorf("a duration is written like 90s or 1h30m")
		case d < 0:
			return fmt.Errorf("a duration cannot be negative")
		}
		*target = d
		return nil
	}
}

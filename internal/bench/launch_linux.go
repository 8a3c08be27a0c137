package bench

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"time"

	"jobobject"
)

// launches lets all who can run `true` do so.
func (r *run) launches(ctx context.Context) error {
	plain := runTrue(plainExec)
	contestants := slices.Concat([]Contestant{
		plain,
		libraryCycle(cycle, jobobject.Limits{}),
		libraryCycle(cycleKillOnClose, jobobject.Limits{KillOnClose: true}),
		runTrue(jobRun, r.options.Job, "run", "--"),
		execute("job version, to compare: no job, only the start of job", r.options.Job, "version"),
	}, r.peers())
	contestants = r.able(ctx, "launch", contestants)
	if len(contestants) == 0 {
		return context.Cause(ctx)
	}
	if contestants[0].Name != plainExec { // the ratios need it, whoever was asked for
		contestants = slices.Insert(contestants, 0, plain)
	}
	r.say("launch: %d ways, %d rounds", len(contestants), r.options.Rounds)
	samples, err := Compete(ctx, contestants, r.options.Rounds)
	if err != nil {
		return fmt.Errorf("launch: %w", err)
	}
	for _, c := range contestants {
		sample := samples[c.Name]
		r.report.Launch = append(r.report.Launch,
			Launch{Name: c.Name, Timing: timing(sample), Ratio: sample.Ratio(samples[plainExec])})
	}
	return nil
}

// runTrue runs `true` by way of a command, or as it is.
func runTrue(name string, command ...string) Contestant {
	return execute(name, append(command, "true")...)
}

func execute(name string, argv ...string) Contestant {
	return Contestant{
		Name: name,
		Turn: func(ctx context.Context) (time.Duration, error) {
			cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
			began := time.Now()
			err := cmd.Run()
			return time.Since(began), err
		},
		Trial: func(ctx context.Context) error {
			output, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
			if err != nil && len(output) > 0 {
				return fmt.Errorf("%w: %s", err, firstLine(output))
			}
			return err
		},
	}
}

// libraryCycle runs `true` through the library, and counts all that it takes.
func libraryCycle(name string, limits jobobject.Limits) Contestant {
	return Contestant{Name: name, Turn: func(context.Context) (time.Duration, error) {
		began := time.Now()
		job, err := jobobject.Create("", jobobject.WithLimits(limits))
		if err != nil {
			return 0, err
		}
		process, err := job.Start(exec.Command("true"))
		if err != nil {
			return 0, errors.Join(err, job.Close())
		}
		status, err := process.Wait()
		err = errors.Join(err, job.Close())
		took := time.Since(began)
		if err == nil && status.ExitCode() != 0 {
			err = fmt.Errorf("true ended with %v", status)
		}
		return took, err
	}}
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"jobobject"
)

const queriedProcesses = 1000

const (
	tracedQuery = "Accounting, traced"
	plainQuery  = "Accounting"
	procQuery   = "files in /proc"
)

// queries asks for the accounting of a large job.
func (r *run) queries(ctx context.Context) error {
	if !r.wanted("accounting", queries) {
		return nil
	}
	report := &Queries{Processes: queriedProcesses}
	traced, _, err := r.query(ctx, tracedQuery, jobobject.WithTracing())
	if err != nil {
		r.skip("accounting", tracedQuery, err)
	}
	plain, proc, err := r.query(ctx, plainQuery)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		r.skip("accounting", plainQuery, err)
		return nil
	}
	report.Traced, report.Plain, report.Proc, report.Ratio = timing(traced), timing(plain), timing(proc), traced.Ratio(proc)
	r.report.Queries = report
	return nil
}

// query has a tree as a job, and takes turns with who reads the files of each member.
func (r *run) query(ctx context.Context, name string, options ...jobobject.Option) (job, proc Sample, err error) {
	if r.ground.NoGroup != nil {
		return nil, nil, r.ground.NoGroup
	}
	j, err := jobobject.Create("", options...)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	tree, err := r.plant(ctx, queriedProcesses, func(cmd *exec.Cmd) error {
		_, err := j.Start(cmd)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, j.Terminate(1), tree.clear()) }()
	pids, err := j.Processes()
	if err != nil {
		return nil, nil, err
	}
	samples, err := Compete(ctx, []Contestant{
		{Name: name, Turn: func(context.Context) (time.Duration, error) { return queryJob(j) }},
		{Name: procQuery, Turn: func(context.Context) (time.Duration, error) { return readFiles(pids) }},
	}, max(fewestRounds, r.options.Rounds/2))
	return samples[name], samples[procQuery], err
}

// inARow is how often it is asked: who asks once, after all the processors' caches
// have been used for other things, measures these.
const inARow = 10

func queryJob(j *jobobject.Job) (time.Duration, error) {
	began := time.Now()
	for range inARow {
		figures, err := j.Accounting()
		if err != nil {
			return 0, err
		}
		if active, _ := figures.ActiveProcesses.Get(); active != queriedProcesses {
			return 0, fmt.Errorf("the job has %d members, not %d", active, queriedProcesses)
		}
	}
	return time.Since(began) / inARow, nil
}

func readFiles(pids []int) (time.Duration, error) {
	began := time.Now()
	for range inARow {
		for _, pid := range pids {
			for _, file := range []string{"stat", "io"} {
				if _, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/" + file); err != nil {
					return 0, err
				}
			}
		}
	}
	return time.Since(began) / inARow, nil
}

package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"

	"golang.org/x/sys/unix"
)

const memoryRounds = 5

// guardName is the first argument of the guard, which is documented.
const guardName = "jobobject-guard"

// memory looks at the owner and the guard of a job that does nothing.
func (r *run) memory(ctx context.Context) error {
	if !r.wanted("memory", footprints) {
		return nil
	}
	if err := runTrue(jobRun, r.options.Job, "run", "--").try(ctx); err != nil {
		r.skip("memory", footprints, err)
		return context.Cause(ctx)
	}
	var owners, guards []Footprint
	for range memoryRounds {
		owner, guard, err := r.footprintsOf(ctx)
		if err != nil {
			return fmt.Errorf("memory: %w", err)
		}
		owners, guards = append(owners, owner), append(guards, guard)
	}
	r.report.Memory = &Memory{Rounds: memoryRounds, Owner: middle(owners), Guard: middle(guards)}
	return nil
}

func middle(of []Footprint) Footprint {
	slices.SortFunc(of, func(a, b Footprint) int { return int(a.RSS - b.RSS) })
	return of[len(of)/2]
}

func (r *run) footprintsOf(ctx context.Context) (owner, guard Footprint, err error) {
	var complaint bytes.Buffer
	job := exec.CommandContext(ctx, r.options.Job, "run", "--", "sleep", "600")
	job.Stderr = &complaint
	job.Cancel = func() error { return job.Process.Signal(unix.SIGTERM) }
	job.WaitDelay = patience
	if err := job.Start(); err != nil {
		return owner, guard, err
	}
	defer func() {
		_ = job.Process.Signal(unix.SIGTERM)
		if waitErr := job.Wait(); err != nil {
			err = errors.Join(err, waitErr, errors.New(complaint.String()))
		}
	}()
	guardPid := 0
	err = await(ctx, patience, "sleep and the guard run", func() bool {
		sleeps := false
		guardPid = 0
		for _, child := range childrenOf(job.Process.Pid) {
			switch arguments := argumentsOf(child); {
			case arguments[0] == guardName:
				guardPid = child
			case slices.Equal(arguments, []string{"sleep", "600"}):
				sleeps = true
			}
		}
		return sleeps && guardPid != 0
	})
	if err != nil {
		return owner, guard, err
	}
	for range 10 { // what start-up needs is given back, or not
		idle(ctx)
	}
	owner, err = footprintOf(job.Process.Pid)
	if err == nil {
		guard, err = footprintOf(guardPid)
	}
	return owner, guard, err
}

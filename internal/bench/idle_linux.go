package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"jobobject"
)

const (
	idleJobs = 1000
	// idleFor is how long they are watched for one figure.
	idleFor = 10 * time.Second
	// pollEach is how often those look who have nothing but the files.
	pollEach = 100 * time.Millisecond
)

// watched are the limits whose jobs somebody has to watch.
func watched() []idleKind {
	return []idleKind{
		{"no limits", jobobject.Limits{}},
		{userTimes, jobobject.Limits{JobUserTime: time.Second, ProcessUserTime: time.Second}},
		{"user time of an hour", jobobject.Limits{JobUserTime: time.Hour}},
		{activeProcesses, jobobject.Limits{ActiveProcesses: 8}},
	}
}

type idleKind struct {
	name   string
	limits jobobject.Limits
}

// idles takes what watching costs while nobody does anything.
func (r *run) idles(ctx context.Context) error {
	for _, kind := range watched() {
		if !r.wanted("idle", kind.name) {
			continue
		}
		r.say("idle: %d jobs with %s", idleJobs, kind.name)
		share, polling, err := r.idle(ctx, kind.limits)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			r.skip("idle", kind.name, err)
			continue
		}
		r.report.Idle = append(r.report.Idle, Idle{Name: kind.name, Jobs: idleJobs, Share: share, Polling: polling})
	}
	return nil
}

// idle gives parts of one processor: what this process uses while it has so many
// jobs with a member that sleeps, and with a look at each of their files in
// between as well.
func (r *run) idle(ctx context.Context, limits jobobject.Limits) (share, polling float64, err error) {
	if r.ground.NoGroup != nil {
		return 0, 0, r.ground.NoGroup
	}
	if err := r.ground.MakeRoom(ctx, idleJobs); err != nil {
		return 0, 0, err
	}
	limits.KillOnClose = true
	var jobs []*jobobject.Job
	defer func() {
		for _, job := range jobs {
			err = errors.Join(err, job.Close())
		}
	}()
	for range idleJobs {
		job, err := jobobject.Create("", jobobject.WithLimits(limits))
		if err != nil {
			return 0, 0, err
		}
		jobs = append(jobs, job)
		process, err := job.Start(exec.Command("sleep", "600"))
		if err != nil {
			return 0, 0, err
		}
		go process.Wait()
		if ctx.Err() != nil {
			return 0, 0, context.Cause(ctx)
		}
	}
	if share, err = usedIn(ctx, idleFor); err != nil {
		return 0, 0, err
	}
	stop := pollFiles(filepath.Join(r.ground.group.dir, "jobobject-*", "cpu.stat"))
	defer stop()
	polling, err = usedIn(ctx, idleFor)
	return share, polling - share, err
}

// usedIn is what this process uses in that time, as a part of one processor. What it
// has begun is over before.
func usedIn(ctx context.Context, d time.Duration) (float64, error) {
	if err := pass(ctx, time.Second); err != nil {
		return 0, err
	}
	began, before := time.Now(), ownTime()
	if err := pass(ctx, d); err != nil {
		return 0, err
	}
	return (ownTime() - before).Seconds() / time.Since(began).Seconds(), nil
}

func pass(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

func ownTime() time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		panic(fmt.Sprintf("getrusage: %v", err)) // it has no reason to fail
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// pollFiles reads the files again and again, as one does who has nothing else.
func pollFiles(pattern string) (stop func()) {
	files, _ := filepath.Glob(pattern) // the pattern is a good one
	ticker := time.NewTicker(pollEach)
	over := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-over:
				return
			case <-ticker.C:
			}
			for _, file := range files {
				_, _ = os.ReadFile(file)
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(over)
		<-done
	}
}

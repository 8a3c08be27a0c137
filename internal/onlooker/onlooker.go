package onlooker

import (
	"context"
	"errors"
	"fmt"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// Places finds groups that others have made.
type Places interface {
	// GroupOf is the name of the innermost group that a process is in;
	// kernel.ErrNotInJob, or kernel.ErrProcessExited.
	GroupOf(pid int) (name string, err error)
	// AwaitRemoval waits until the group of that name is gone.
	AwaitRemoval(ctx context.Context, name string) error
}

// Look begins to tell of the immediate job of a process (OBJ-07), and of the jobs
// below it.
func Look(places Places, tracer group.Tracer, pid int) (kernel.Events, error) {
	name, err := places.GroupOf(pid)
	if err != nil {
		return nil, err
	}
	means, err := tracer.Open()
	if err != nil {
		return nil, fmt.Errorf("watch the job of pid %d: %w", pid, err)
	}
	defer means.Close()
	s := newStream()
	s.begin(means.Name(), means.Misses())
	watch, err := tracer.Watch(name, s.tell)
	if err != nil {
		return nil, fmt.Errorf("watch the job of pid %d: %w", pid, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	go func() {
		defer close(s.over)
		err := places.AwaitRemoval(ctx, name)
		if err == nil {
			err = watch.Flush(ctx)
		}
		s.end(errors.Join(err, watch.Close()))
	}()
	return s, nil
}

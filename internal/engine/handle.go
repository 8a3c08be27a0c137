package engine

import (
	"context"
	"errors"
	"os"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// handle is one reference to a job. The job closes with the last of them.
type handle struct {
	job    *job
	closed chan struct{}
}

var _ kernel.Job = (*handle)(nil)

// lock takes the engine's lock if the handle is open. The caller unlocks.
func (h *handle) lock() (*job, error) {
	h.job.engine.mu.Lock()
	if isClosed(h.closed) {
		h.job.engine.mu.Unlock()
		return nil, kernel.ErrClosed
	}
	return h.job, nil
}

// members is the group to ask for the job's members, nil where it has none yet.
func (h *handle) members() (group.Group, error) {
	j, err := h.lock()
	if err != nil {
		return nil, err
	}
	defer j.engine.mu.Unlock()
	return j.group, nil
}

// Contains asks the system, which knows best, and for a process that has been
// waited for what was known of it (OBJ-09, D6).
func (h *handle) Contains(pid int) (bool, error) {
	j, err := h.lock()
	if err != nil {
		return false, err
	}
	defer j.engine.mu.Unlock()
	place, err := j.engine.groups.PlaceOf(pid)
	if errors.Is(err, kernel.ErrProcessExited) {
		if p := j.engine.tracked(pid); p != nil {
			return p.place.In(j.id), nil
		}
	}
	return place.In(j.id), err
}

// Processes lists the active members (QRY-12).
func (h *handle) Processes() ([]int, error) {
	g, err := h.members()
	if err != nil || g == nil {
		return []int{}, err
	}
	if _, err := h.job.recapture(); err != nil {
		return []int{}, err
	}
	pids, err := g.Members()
	if pids == nil {
		pids = []int{}
	}
	return pids, err
}

// Signal sends a signal to all members.
func (h *handle) Signal(sig os.Signal) error {
	g, err := h.members()
	if err != nil || g == nil {
		return err
	}
	return g.Signal(sig)
}

// WaitEmpty waits for the first member and then for the last.
func (h *handle) WaitEmpty(ctx context.Context) error {
	if _, err := h.members(); err != nil {
		return err
	}
	if err := wait(ctx, h, h.job.used); err != nil {
		return err
	}
	g, err := h.members()
	if err != nil || g == nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-h.closed:
			cancel(kernel.ErrClosed)
		case <-ctx.Done():
		}
	}()
	for again := true; again && err == nil; {
		if err = g.WaitEmpty(ctx); err == nil {
			var escaped int
			escaped, err = h.job.recapture() // empty because they left is not empty (D9)
			again = escaped > 0
		}
	}
	if err != nil && errors.Is(context.Cause(ctx), kernel.ErrClosed) {
		err = kernel.ErrClosed
	}
	cancel(nil)
	<-watched
	return err
}

// WaitSignaled waits as a wait on the handle does on Windows (WAI-01).
func (h *handle) WaitSignaled(ctx context.Context) error {
	j, err := h.lock()
	if err != nil {
		return err
	}
	signaled := j.signaled
	j.engine.mu.Unlock()
	return wait(ctx, h, signaled)
}

// TerminateCode is the job's own exit code (D4).
func (h *handle) TerminateCode() (uint32, bool, error) {
	j, err := h.lock()
	if err != nil {
		return 0, false, err
	}
	defer j.engine.mu.Unlock()
	if j.code == nil {
		return 0, false, nil
	}
	return *j.code, true, nil
}

// Duplicate opens a second handle (HDL-03).
func (h *handle) Duplicate() (kernel.Job, error) {
	j, err := h.lock()
	if err != nil {
		return nil, err
	}
	defer j.engine.mu.Unlock()
	return j.open(), nil
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
	"weak"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// defaultPatience is how long a termination waits for the next death.
const defaultPatience = time.Second

// Guard ends groups after the death of this process.
type Guard interface {
	// Prepare says that Watch will come soon. It does not wait for anything.
	Prepare()
	// Watch is done before there is a member, and may be done before the group
	// is made. From its return on the group's members die with this process.
	Watch(name string) error
	Forget(name string)
}

// Engine is a kernel for the jobs of one process.
type Engine struct {
	groups group.Groups
	guard  Guard
	tracer group.Tracer // nil where there is none
	news   *news

	// mu is held while the hierarchy is looked at and changed: of two assignments
	// of a process one comes first, and the other one sees what it did (NST-15).
	mu        sync.Mutex
	jobs      map[string]*job               // by id, those with a place
	processes map[int]weak.Pointer[process] // by pid, those somebody holds
	entries   map[*entry]struct{}           // starts on their way
	keepers   map[string]*timekeeper        // by meter

	recaptures int // how often a member was found that had left
}

var _ kernel.Kernel = (*Engine)(nil)

// New makes an engine without jobs. The tracer is used when a job is to be
// watched, and not before; nil says that there is none.
func New(groups group.Groups, guard Guard, tracer group.Tracer) *Engine {
	return &Engine{
		groups:    groups,
		guard:     guard,
		tracer:    tracer,
		news:      newNews(),
		jobs:      map[string]*job{},
		processes: map[int]weak.Pointer[process]{},
		entries:   map[*entry]struct{}{},
		keepers:   map[string]*timekeeper{},
	}
}

// errNames is what this version has to say about names.
var errNames = &kernel.NotSupportedError{
	Feature: "named jobs",
	Cause:   errors.New("a name needs a daemon that all processes share, which this version does not have"),
	Remedy:  "use an anonymous job (the empty name) and Duplicate",
}

// CreateJob makes an anonymous job. It has no place until its first member joins
// (NST-03).
func (e *Engine) CreateJob(name string, options kernel.CreateOptions) (kernel.Job, bool, error) {
	if name != "" {
		return nil, false, errNames
	}
	if options.Patience < 0 {
		return nil, false, fmt.Errorf("patience %v: %w: want 0 for the default, or more", options.Patience, kernel.ErrInvalidLimit)
	}
	limits, err := checked(options.Limits, kernel.Limits{})
	if err != nil {
		return nil, false, err
	}
	if err := errors.Join(e.canLetGo(limits), e.canHold(limits)); err != nil {
		return nil, false, err
	}
	if options.Patience == 0 {
		options.Patience = defaultPatience
	}
	if options.Traced && e.tracer == nil {
		return nil, false, errNoTracer
	}
	id := newID()
	j := &job{
		engine:   e,
		id:       id,
		patience: options.Patience,
		limits:   limits,
		teller:   &teller{news: e.news, engine: e, id: id, patience: options.Patience},
		traced:   options.Traced,
		used:     make(chan struct{}),
		signaled: make(chan struct{}),

		periodKernelFrom: kernel.Exactly[time.Duration](0),
	}
	if j.limits.KillOnClose {
		e.guard.Prepare()
	}
	h := j.open()
	if j.traced {
		if err := h.listen(func(*teller) error { return nil }, func(*teller) {}); err != nil {
			return nil, false, err
		}
	}
	return h, false, nil
}

// newID makes a name that no other group has. It is no secret, so that it need
// not come from crypto/rand, whose packages every program would initialize.
func newID() string { return strconv.FormatUint(rand.Uint64(), 36) }

// OpenJob finds no job, as there are no names.
func (e *Engine) OpenJob(name string, _ kernel.Access) (kernel.Job, error) {
	if name == "" {
		return nil, fmt.Errorf("%w: only named jobs can be opened (OPN-01)", kernel.ErrInvalidName)
	}
	return nil, errNames
}

// CurrentJob is the caller's immediate job (QRY-02).
func (e *Engine) CurrentJob() (kernel.Job, error) {
	place, err := e.groups.PlaceOf(0)
	if err != nil {
		return nil, err
	}
	if len(place.Jobs) == 0 {
		return nil, kernel.ErrNotInJob
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	id := place.Jobs[len(place.Jobs)-1]
	j, found := e.jobs[id]
	if !found || j.handles == 0 {
		return nil, &kernel.NotSupportedError{
			Feature: "handle to job " + id,
			Cause:   errors.New("it belongs to another process, or its last handle has been closed"),
		}
	}
	return j.open(), nil
}

// ancestors are the jobs of a place that this engine has, innermost first. Those
// of other processes are not among them.
func (e *Engine) ancestors(place group.Place) []*job {
	var jobs []*job
	for i := len(place.Jobs) - 1; i >= 0; i-- {
		if j, found := e.jobs[place.Jobs[i]]; found {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

// within are this engine's jobs in the subtree of a job, itself included.
func (e *Engine) within(id string) []*job {
	var jobs []*job
	for _, j := range e.jobs {
		if j.group.Place().In(id) {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

// terminating tells whether one of the jobs of a place is being terminated. No
// process may join them then (ASG-10, TRM-12).
func (e *Engine) terminating(place group.Place) bool {
	for _, j := range e.ancestors(place) {
		if j.termination != nil {
			return true
		}
	}
	return false
}

var errTerminating = fmt.Errorf("%w: the job, or one around it, is being terminated (UNC-04)", kernel.ErrAccessDenied)

// wait blocks until the channel is closed, the context ends or the handle closes.
func wait(ctx context.Context, h *handle, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	default:
	}
	select {
	case <-done:
		return nil
	case <-h.closed:
		return kernel.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

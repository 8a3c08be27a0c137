package jobobject

import (
	"time"

	"jobobject/internal/kernel"
)

// Option is something a new job starts with. An existing job that Create finds
// by its name keeps what it has (CRE-06).
type Option func(*kernel.CreateOptions)

// WithLimits sets the limits of the new job before anybody can see it.
func WithLimits(limits Limits) Option {
	return func(o *kernel.CreateOptions) { o.Limits = kernel.Limits(limits) }
}

// WithPatience sets for how long Terminate and Close go on while no member dies,
// before they name the survivors. The default is one second.
func WithPatience(patience time.Duration) Option {
	return func(o *kernel.CreateOptions) { o.Patience = patience }
}

// WithTracing has the job watched from its first member on, also while nobody
// listens to its messages or events, so that Accounting counts every process and
// what it used, however short it lived. Where the host cannot be traced exactly,
// the figures are lower bounds or unknown, and Capabilities says why; where
// nothing can be watched at all, Create fails.
func WithTracing() Option {
	return func(o *kernel.CreateOptions) { o.Traced = true }
}

// StartOption changes how a process is started in a job.
type StartOption func(*kernel.StartOptions)

// Suspended starts the process without letting it run: not one instruction of
// the program is executed until Process.Resume (CPR-04). If the starting process
// ends before that, the suspended one is killed. A set-user-ID program loses its
// privilege when it is started this way by an unprivileged process.
func Suspended() StartOption {
	return func(o *kernel.StartOptions) { o.Suspended = true }
}

// Breakaway starts the process outside of the jobs that the caller is in, as far
// as their limits allow it (CPR-06, NST-21), and then in the job (ATT-07). Where
// the caller's immediate job does not allow it, Start fails with ErrAccessDenied
// (CPR-07).
func Breakaway() StartOption {
	return func(o *kernel.StartOptions) { o.Breakaway = true }
}

// AlsoIn puts the process in further jobs, after the one that it is started in
// and in the order given, root first (ATT-06). Where one cannot be nested below
// the others, Start fails with ErrAccessDenied; the effects on the jobs before it
// stay (ATT-10).
func AlsoIn(jobs ...*Job) StartOption {
	return func(o *kernel.StartOptions) {
		for _, job := range jobs {
			handle, err := job.handle()
			if err != nil {
				handle = nil // Start reports it as a bad handle (ATT-03)
			}
			o.AlsoIn = append(o.AlsoIn, handle)
		}
	}
}

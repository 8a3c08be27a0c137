package jobobject

import "jobobject/internal/kernel"

// unsupported is the kernel of a system that has none yet. It makes no jobs, so
// it never has to hold one.
type unsupported struct{ cause error }

func (u unsupported) err() error {
	return &kernel.NotSupportedError{Feature: "jobs", Cause: u.cause}
}

func (u unsupported) CreateJob(string, kernel.CreateOptions) (kernel.Job, bool, error) {
	return nil, false, u.err()
}

func (u unsupported) OpenJob(string, kernel.Access) (kernel.Job, error) { return nil, u.err() }

func (u unsupported) CurrentJob() (kernel.Job, error) { return nil, u.err() }

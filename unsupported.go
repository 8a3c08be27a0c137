package jobobject

import (
	"os/exec"

	"jobobject/internal/kernel"
)

// unsupported is the kernel of a host that cannot have jobs. It makes none, so it
// never has to hold one.
type unsupported struct{ why error }

func (u unsupported) CreateJob(string, kernel.CreateOptions) (kernel.Job, bool, error) {
	return nil, false, u.why
}

func (u unsupported) OpenJob(string, kernel.Access) (kernel.Job, error) { return nil, u.why }

func (u unsupported) CurrentJob() (kernel.Job, error) { return nil, u.why }

func (u unsupported) StartOutside(*exec.Cmd, kernel.StartOptions) (kernel.Process, error) {
	return nil, u.why
}

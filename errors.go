package jobobject

import "jobobject/internal/kernel"

// Errors of this package wrap one of these where a program may want to tell them
// apart; use errors.Is.
var (
	// ErrClosed: the handle has been closed, or is nil.
	ErrClosed = kernel.ErrClosed

	// ErrAccessDenied: the rules of the hierarchy forbid it (NST-06, NST-08), the
	// job is being terminated (ASG-10), a breakaway is not allowed (CPR-07), or
	// the system refused for lack of privilege.
	ErrAccessDenied = kernel.ErrAccessDenied

	// ErrNotInJob: the process is in no job.
	ErrNotInJob = kernel.ErrNotInJob

	// ErrProcessExited: there is no such process any more (ASG-04), or never was.
	ErrProcessExited = kernel.ErrProcessExited

	// ErrNotSupported: this host or this version cannot do it. The text says why
	// and what helps; errors.As gives a *NotSupportedError.
	ErrNotSupported = kernel.ErrNotSupported

	// ErrInvalidLimit: a limit has a value that makes no sense.
	ErrInvalidLimit = kernel.ErrInvalidLimit

	// ErrAlreadyAssociated: the job has a completion port (ACP-03).
	ErrAlreadyAssociated = kernel.ErrAlreadyAssociated

	// ErrQuotaExceeded: a limit does not leave room for it (ASG-13).
	ErrQuotaExceeded = kernel.ErrQuotaExceeded

	// ErrNotFound: no job has that name (OPN-02).
	ErrNotFound = kernel.ErrNotFound

	// ErrInvalidName: the name breaks the rules for names (CRE-03, CRE-07).
	ErrInvalidName = kernel.ErrInvalidName

	// ErrBroken: where no cgroup holds the job, both processes that stand above a
	// command were killed at once, and what it had started may be running on. It is
	// told once, by what ends the job or waits for its members to be gone.
	ErrBroken = kernel.ErrBroken
)

// NotSupportedError says what cannot be done here, why, and what helps. It is
// ErrNotSupported.
type NotSupportedError = kernel.NotSupportedError

// SurvivorsError says which members are still alive after Terminate or Close
// gave up waiting for their death.
type SurvivorsError = kernel.SurvivorsError

// Survivor is a member that could not be ended in time.
type Survivor = kernel.Survivor

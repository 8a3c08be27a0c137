package kernel

import (
	"errors"
	"fmt"
	"strings"
)

// The sentinels. Package jobobject documents them for users.
var (
	ErrClosed            = errors.New("handle is closed")
	ErrAccessDenied      = errors.New("access denied")
	ErrNotInJob          = errors.New("not in a job")
	ErrProcessExited     = errors.New("process has exited")
	ErrNotSupported      = errors.New("not supported here")
	ErrInvalidLimit      = errors.New("invalid limit")
	ErrAlreadyAssociated = errors.New("a port is associated already")
	ErrQuotaExceeded     = errors.New("quota exceeded")
	ErrNotFound          = errors.New("not found")
	ErrInvalidName       = errors.New("invalid name")
	ErrBroken            = errors.New("supervision was broken")
)

// NotSupportedError says what this host cannot do, why, and what helps.
type NotSupportedError struct {
	Feature string
	Cause   error  // why not; may be nil
	Remedy  string // what to type or change; may be empty
}

func (e *NotSupportedError) Error() string {
	text := e.Feature + ": " + ErrNotSupported.Error()
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	if e.Remedy != "" {
		text += "; " + e.Remedy
	}
	return text
}

// Unwrap makes errors.Is find both the sentinel and the cause.
func (e *NotSupportedError) Unwrap() []error { return []error{ErrNotSupported, e.Cause} }

// Survivor is a member that a termination could not end in time.
type Survivor struct {
	Pid     int
	Command string // its command line; in brackets its name where it has none
	State   string // what keeps it alive, as far as the system tells
}

// SurvivorsError says which members are still there.
type SurvivorsError struct {
	Survivors []Survivor
}

func (e *SurvivorsError) Error() string {
	const most = 8
	var names []string
	for i, s := range e.Survivors {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(e.Survivors)-most))
			break
		}
		name := fmt.Sprintf("%d %s", s.Pid, s.Command)
		if s.State != "" {
			name += " (" + s.State + ")"
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return "processes survive that cannot be listed"
	}
	return "still alive: " + strings.Join(names, ", ")
}

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"jobobject"
)

// Report is how a job went. Its JSON form is read by other programs: names stay,
// and nil is null.
type Report struct {
	Version     int       `json:"version"`
	Command     []string  `json:"command"`
	Mechanism   *string   `json:"mechanism"` // what held the job; nil if there was none
	Started     time.Time `json:"started"`
	WallSeconds float64   `json:"wall_seconds"`
	Outcome     Outcome   `json:"outcome"`
	Leftover    Leftover  `json:"leftover"`
	Usage
	Limits []Bound `json:"limits"` // those that were set
}

// Reason is why a job ended.
type Reason string

// The reasons. Exited and Signaled are of the main process's own accord.
const (
	Exited      Reason = "exited"
	Signaled    Reason = "signaled"
	Timeout     Reason = "timeout"
	Interrupted Reason = "interrupted"
	Limit       Reason = "limit"
	StartFailed Reason = "start-failed"
)

// Outcome is how it ended.
type Outcome struct {
	Reason   Reason  `json:"reason"`
	Limit    *string `json:"limit"`     // the one that ended it
	ExitCode int     `json:"exit_code"` // of job run
	Signal   *string `json:"signal"`    // that ended the main process
}

// Leftover is what was still there when the main process was done, or when its
// time was.
type Leftover struct {
	Count     int       `json:"count"`
	Processes []Process `json:"processes"`
}

// Process is one of them.
type Process struct {
	PID     int    `json:"pid"`
	Command string `json:"command"`
}

// New is the report of a job that starts now, with nothing known yet.
func New(command []string) *Report {
	return &Report{
		Version:  1,
		Command:  command,
		Started:  time.Now(),
		Leftover: Leftover{Processes: []Process{}},
		Limits:   []Bound{},
	}
}

// Ended notes that the job is over now.
func (r *Report) Ended() { r.WallSeconds = time.Since(r.Started).Seconds() }

// HeldBy notes what holds the job together.
func (r *Report) HeldBy(mechanism string) { r.Mechanism = &mechanism }

// Left notes processes that were left.
func (r *Report) Left(processes []Process) {
	r.Leftover = Leftover{Count: len(processes), Processes: append([]Process{}, processes...)}
}

// Used notes what the job has used.
func (r *Report) Used(a jobobject.Accounting) { r.Usage = usageOf(a) }

// JSON is the report as one object, on several lines.
func (r *Report) JSON() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // command lines are full of & and >
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("encode report: %w", err)
	}
	return out.Bytes(), nil
}

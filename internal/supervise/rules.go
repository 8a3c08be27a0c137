package supervise

import "time"

// Rules say how long a job may go on.
type Rules struct {
	Timeout time.Duration // 0: as long as it likes
	Grace   time.Duration // what it has to end after it has been told
	All     bool          // it is over with its last member, not with its main process
}

// Cause is what ended a job.
type Cause int

// The causes. Ended is by itself.
const (
	Ended Cause = iota
	TimedOut
	Interrupted
)

package kernel

import (
	"fmt"
	"time"
)

// NotificationLimits are what a job tells of when it is exceeded, while its members
// go on (NLM-03). The zero value tells of nothing. Package jobobject documents them
// for users.
type NotificationLimits struct {
	JobUserTime      time.Duration
	JobMemory        uint64
	JobLowMemory     uint64
	ReadBytes        uint64
	WriteBytes       uint64
	CPURateTolerance Tolerance
	CPURateInterval  ToleranceInterval
}

// Tolerance is what part of an interval a rate may be exceeded for, with Windows'
// values (NLM-01).
type Tolerance uint32

// The tolerances.
const (
	LowTolerance    Tolerance = 1
	MediumTolerance Tolerance = 2
	HighTolerance   Tolerance = 3
)

// Percent is that part of the interval: 20, 40 or 60.
func (t Tolerance) Percent() uint64 { return 20 * uint64(t) }

// ToleranceOf is the highest tolerance that so many percent of an interval reach;
// 0 where they reach none (VIO-05).
func ToleranceOf(percent uint64) Tolerance {
	return Tolerance(min(percent/LowTolerance.Percent(), uint64(HighTolerance)))
}

// String is for people.
func (t Tolerance) String() string {
	if t == 0 {
		return "none"
	}
	return fmt.Sprintf("%d %%", t.Percent())
}

// ToleranceInterval is the time that a tolerance is a part of, with Windows' values
// (NLM-02).
type ToleranceInterval uint32

// The intervals.
const (
	ShortInterval  ToleranceInterval = 1
	MediumInterval ToleranceInterval = 2
	LongInterval   ToleranceInterval = 3
)

// Duration is how long it is: 10 s, 60 s or 600 s.
func (i ToleranceInterval) Duration() time.Duration {
	switch i {
	case ShortInterval:
		return 10 * time.Second
	case MediumInterval:
		return time.Minute
	case LongInterval:
		return 10 * time.Minute
	}
	return 0
}

// The names of notification limits.
const (
	JobUserTimeNotice  LimitName = "job-time"
	JobMemoryNotice    LimitName = "memory"
	JobLowMemoryNotice LimitName = "low-memory"
	ReadBytesNotice    LimitName = "read-bytes"
	WriteBytesNotice   LimitName = "write-bytes"
	CPURateNotice      LimitName = "cpu-rate"
)

// Notice tells that a notification limit was exceeded.
type Notice struct {
	Limit LimitName
	// Pid is the process that had the largest part in it; 0 where that is not known.
	Pid int
	// Value is what was found, Bound the limit: bytes, nanoseconds of user time, or
	// percent of the interval that the rate was exceeded for.
	Value, Bound uint64
}

// Violations are the notification limits that were exceeded (VIO-03). The figure of
// one that was not is unknown (VIO-04).
type Violations struct {
	// Limits are those in effect.
	Limits NotificationLimits

	JobUserTime      Figure[time.Duration] // since the limit was set (NLM-07)
	JobMemory        Figure[uint64]        // bytes
	JobLowMemory     Figure[uint64]        // bytes that are left
	ReadBytes        Figure[uint64]
	WriteBytes       Figure[uint64]
	CPURateTolerance Figure[Tolerance] // the highest one that was exceeded (VIO-05)
}

// Exceeded are the names of those that were, in the order of the fields; none
// where no limit was.
func (v Violations) Exceeded() (names []LimitName) {
	for _, each := range []struct {
		name     LimitName
		exceeded bool
	}{
		{JobUserTimeNotice, known(v.JobUserTime)},
		{JobMemoryNotice, known(v.JobMemory)},
		{JobLowMemoryNotice, known(v.JobLowMemory)},
		{ReadBytesNotice, known(v.ReadBytes)},
		{WriteBytesNotice, known(v.WriteBytes)},
		{CPURateNotice, known(v.CPURateTolerance)},
	} {
		if each.exceeded {
			names = append(names, each.name)
		}
	}
	return names
}

func known[T any](f Figure[T]) bool {
	_, known := f.LowerBound()
	return known
}

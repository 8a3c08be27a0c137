package jobobject

import "jobobject/internal/kernel"

// NotificationLimits are what a job tells of when it is exceeded. Members go on,
// and nobody is ended (NLM-03): they are independent of the Limits that are enforced,
// and the same quantity may have both (NLM-08). The zero value tells of nothing. All
// sums are over the members of child jobs too (NST-40).
//
//   - JobUserTime is time in user mode that members use together from now on: each
//     set begins anew (NLM-07). It is told some milliseconds late at most where
//     members are busy.
//   - JobMemory is bytes, told when members have more than that together, and
//     JobLowMemory bytes, told when they have had at least that much and then less
//     (NLM-06), also because they have ended. What counts is what the system cannot
//     take back but by swapping it out: anonymous and shared memory, and what is
//     swapped out already. Files in the cache do not count, which differs from
//     Limits.JobMemory. On Windows it is what is committed, touched or not. A page
//     that several members share counts for each of them.
//   - ReadBytes and WriteBytes are bytes that members have read and written since the
//     job was made, from and to wherever, told when there are more (ACC-11). They are
//     counted by the tracer, which is set to work for that, and misses what was before
//     unless the job has WithTracing. Where the kernel cannot be traced they are
//     ErrNotSupported.
//   - CPURateTolerance and CPURateInterval tell when members have exceeded the CPURate
//     of the job, which has to have one (NLM-09), for that part of an interval.
//     Intervals follow one another, and each is judged at its end. As the rate is a
//     cap here, exceeding it is wanting more: what counts are the periods in which the
//     kernel has stopped members for it. If one of the two is 0, it is HighTolerance
//     or ShortInterval, and reads back as that (NLM-01, NLM-02). While the job
//     has no rate any more, they rest.
//
// Memory and bytes are looked at every 25 ms where they change and every 400 ms where
// they do not, or more rarely in a job of so many members that this would take more
// than a twentieth of a processor. What is exceeded for a shorter time may go
// unnoticed, while on Windows every charge is checked. Nothing is looked at while there
// are no members. Rates of I/O and network have no notification.
type NotificationLimits = kernel.NotificationLimits

// Tolerance is what part of an interval a rate may be exceeded for, with Windows'
// values (NLM-01).
type Tolerance = kernel.Tolerance

// The tolerances: 20, 40 and 60 percent of the interval.
const (
	LowTolerance    = kernel.LowTolerance
	MediumTolerance = kernel.MediumTolerance
	HighTolerance   = kernel.HighTolerance
)

// ToleranceInterval is the time that a Tolerance is a part of, with Windows' values
// (NLM-02).
type ToleranceInterval = kernel.ToleranceInterval

// The intervals: 10 seconds, one minute and ten minutes.
const (
	ShortInterval  = kernel.ShortInterval
	MediumInterval = kernel.MediumInterval
	LongInterval   = kernel.LongInterval
)

// Violations are the notification limits that were exceeded. The figure of one that
// was not is unknown (VIO-04); Exceeded names the others.
type Violations = kernel.Violations

// Notice is what an EventNotification tells: one limit that was exceeded, by how much,
// and by whom.
type Notice = kernel.Notice

// The names of notification limits.
const (
	JobUserTimeNotice  = kernel.JobUserTimeNotice
	JobMemoryNotice    = kernel.JobMemoryNotice
	JobLowMemoryNotice = kernel.JobLowMemoryNotice
	ReadBytesNotice    = kernel.ReadBytesNotice
	WriteBytesNotice   = kernel.WriteBytesNotice
	CPURateNotice      = kernel.CPURateNotice
)

// SetNotificationLimits replaces all notification limits of the job, and begins anew:
// what was noted of the former ones is forgotten. On an error none of them has
// changed (SET-06): ErrInvalidLimit for a value that makes no sense, ErrNotSupported for
// a quantity that nothing here can measure.
//
// The first limit that is exceeded then sends one NotificationLimit message to the ports
// of the job and of those around it, and after that no other one does until Violations
// is called (NLM-05). Unlike other messages it never gives way to others (NLM-04). The
// pid in it is that of the member that has the largest part in it, as far as that can be
// told, else 0; for JobLowMemory it is 0 always. An event stream has an
// EventNotification for each limit.
//
// Notifications end with the last handle to the job.
func (j *Job) SetNotificationLimits(limits NotificationLimits) error {
	return j.do("set notification limits of job", func(h kernel.Job) error {
		return h.SetNotificationLimits(limits)
	})
}

// NotificationLimits returns those in effect.
func (j *Job) NotificationLimits() (limits NotificationLimits, err error) {
	err = j.do("query notification limits of job", func(h kernel.Job) error {
		limits, err = h.NotificationLimits()
		return err
	})
	return limits, err
}

// Violations returns which notification limits were exceeded since the last call, with
// the values of when that was noticed, and which are exceeded now (VIO-03, VIO-04). It
// needs no port (NLM-11).
//
// From then on the next one to be exceeded is told again (NLM-05). One that is still
// exceeded is told when there is more of it than this call has found: whoever is not
// to hear of it again sets a higher limit. JobLowMemory is told when there has been
// as much again.
func (j *Job) Violations() (violations Violations, err error) {
	err = j.do("query violated notification limits of job", func(h kernel.Job) error {
		violations, err = h.Violations()
		return err
	})
	return violations, err
}

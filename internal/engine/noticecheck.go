package engine

import (
	"errors"
	"math"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// checkedNotices gives notification limits as they are stored, or says which of
// them makes no sense beside the limits of the job (SET-06, NLM-10).
func checkedNotices(l kernel.NotificationLimits, held kernel.Limits) (kernel.NotificationLimits, error) {
	for _, bytes := range []struct {
		field string
		value uint64
	}{{"JobMemory", l.JobMemory}, {"JobLowMemory", l.JobLowMemory}, {"ReadBytes", l.ReadBytes}, {"WriteBytes", l.WriteBytes}} {
		if bytes.value > math.MaxInt64 {
			return l, invalid(bytes.field, bytes.value, "want less than 2^63 bytes, or 0 for no notification")
		}
	}
	rated := l.CPURateTolerance != 0 || l.CPURateInterval != 0
	switch {
	case l.JobUserTime < 0:
		return l, invalid("JobUserTime", l.JobUserTime, "want more than 0, or 0 for no notification")
	case l.CPURateTolerance > kernel.HighTolerance:
		return l, invalid("CPURateTolerance", uint32(l.CPURateTolerance), "want LowTolerance, MediumTolerance, HighTolerance, or 0 (NLM-01)")
	case l.CPURateInterval > kernel.LongInterval:
		return l, invalid("CPURateInterval", uint32(l.CPURateInterval), "want ShortInterval, MediumInterval, LongInterval, or 0 (NLM-02)")
	case rated && held.CPURate == 0:
		return l, invalid("CPURateTolerance", l.CPURateTolerance, "a tolerance needs a CPURate on the job; set that first (NLM-09)")
	}
	if rated && l.CPURateTolerance == 0 {
		l.CPURateTolerance = kernel.HighTolerance
	}
	if rated && l.CPURateInterval == 0 {
		l.CPURateInterval = kernel.ShortInterval
	}
	return l, nil
}

func countsBytes(l kernel.NotificationLimits) bool { return l.ReadBytes > 0 || l.WriteBytes > 0 }

var errNoBytes = &kernel.NotSupportedError{
	Feature: "notification of ReadBytes or WriteBytes",
	Cause:   errors.New("nothing here counts what processes read and write"),
	Remedy:  "trace the kernel, as root or with CAP_BPF and CAP_PERFMON; `job doctor` tells what helps",
}

// countBytes makes sure that somebody counts them: the tracer, for which this is a
// reason to watch the job, or where that cannot, the group. Nobody else sets
// notification limits meanwhile.
func (h *handle) countBytes() error {
	j, err := h.lock()
	if err != nil {
		return err
	}
	before, members := j.counting, j.group
	j.counting = true
	j.engine.mu.Unlock()
	err = errNoBytes // unless there is a tracer
	if j.engine.tracer != nil {
		err = j.attend()
	}
	switch {
	case err == nil && j.seesBytes():
		return nil
	case err == nil:
		err = errNoBytes
	}
	j.stopCounting(before)
	if members != nil {
		if usage, usageErr := members.Usage(); usageErr == nil && knowsBytes(usage) {
			return nil
		}
	}
	return err
}

// stopCounting ends the watch where it is not wanted for something else.
func (j *job) stopCounting(still bool) {
	j.engine.mu.Lock()
	j.counting = still
	j.engine.mu.Unlock()
	if !still {
		j.rest()
	}
}

// seesBytes tells whether the tracer counts them.
func (j *job) seesBytes() bool {
	j.attention.Lock()
	defer j.attention.Unlock()
	return j.means != nil && j.means.CountsBytes()
}

func knowsBytes(u group.Usage) bool {
	_, read := u.ReadBytes.LowerBound()
	_, written := u.WriteBytes.LowerBound()
	return read && written
}

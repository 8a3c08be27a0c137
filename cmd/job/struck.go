package main

import (
	"os"

	"jobobject"
)

// endedBy is the limit that has ended the job, "" if none has: one that ended the
// main process, or all at once. A limit that has ended others only is in the
// figures of the report.
func (s *session) endedBy() jobobject.LimitName {
	struck := map[jobobject.LimitName]bool{}
	for _, strike := range s.strikes {
		struck[strike.Limit] = strike.Terminated > 0
	}
	if struck[jobobject.JobUserTimeStrike] {
		return jobobject.JobUserTimeStrike
	}
	if !s.hasEnded() || s.err != nil {
		return ""
	}
	sig, signaled := s.status.Signal()
	switch {
	case !signaled || sig != os.Kill:
		return ""
	case struck[jobobject.ProcessUserTimeStrike] && s.status.ExitCode() == jobobject.ExitQuota:
		return jobobject.ProcessUserTimeStrike
	case struck[jobobject.JobMemoryStrike]:
		return jobobject.JobMemoryStrike
	}
	return ""
}

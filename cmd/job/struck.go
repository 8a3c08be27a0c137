package main

import (
	"os"

	"jobobject"
	"jobobject/internal/report"
)

// explainStrikes tells a person what limits have done.
func (s *session) explainStrikes(limits []report.Bound) {
	for _, l := range limits {
		switch {
		case l.EndedTheJob:
			complain("run: the job was ended by its limit %s%s", l, l.UsedText())
		case l.Struck == nil:
		case l.Struck.Terminated == 1:
			complain("run: 1 process was ended by the limit %s", l)
		case l.Struck.Terminated > 1:
			complain("run: %d processes were ended by the limit %s", l.Struck.Terminated, l)
		case l.Name == string(jobobject.JobUserTimeStrike) && !s.notice.end():
			complain("run: the limit %s was reached", l) // at the very end
		}
	}
	s.notice.end()
}

// endedBy is the limit that has ended the job, "" if none has: one that ended the
// main process, or all at once.
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

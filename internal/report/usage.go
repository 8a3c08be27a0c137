package report

import (
	"time"

	"jobobject"
)

// Usage is what a job has used. A Figure is null unless it is known exactly.
type Usage struct {
	CPU        CPU                      `json:"cpu"`
	Memory     Memory                   `json:"memory"`
	Processes  Processes                `json:"processes"`
	IO         IO                       `json:"io"`
	PageFaults jobobject.Figure[uint64] `json:"page_faults"`
}

// CPU is the time of all members.
type CPU struct {
	User   Seconds `json:"user_seconds"`
	System Seconds `json:"system_seconds"`
}

// Memory is in bytes.
type Memory struct {
	PeakJob     jobobject.Figure[uint64] `json:"peak_job_bytes"`
	PeakProcess jobobject.Figure[uint64] `json:"peak_process_bytes"`
}

// Processes counts members.
type Processes struct {
	Total      jobobject.Figure[uint64] `json:"total"`
	Peak       jobobject.Figure[uint64] `json:"peak"`
	Terminated jobobject.Figure[uint64] `json:"terminated"`
}

// IO counts what went to and from files and devices.
type IO struct {
	ReadOps    jobobject.Figure[uint64] `json:"read_ops"`
	WriteOps   jobobject.Figure[uint64] `json:"write_ops"`
	ReadBytes  jobobject.Figure[uint64] `json:"read_bytes"`
	WriteBytes jobobject.Figure[uint64] `json:"write_bytes"`
}

// Seconds is a time whose JSON form is a number of seconds.
type Seconds struct {
	jobobject.Figure[time.Duration]
}

// MarshalJSON is null unless the time is known exactly.
func (s Seconds) MarshalJSON() ([]byte, error) {
	d, known := s.Get()
	if !known {
		return []byte("null"), nil
	}
	return appendSeconds(nil, d), nil
}

func usageOf(a jobobject.Accounting) Usage {
	return Usage{
		CPU:        CPU{Seconds{a.UserTime}, Seconds{a.KernelTime}},
		Memory:     Memory{a.PeakJobMemory, a.PeakProcessMemory},
		Processes:  Processes{a.TotalProcesses, a.PeakProcesses, a.TerminatedProcesses},
		IO:         IO{a.ReadOperations, a.WriteOperations, a.ReadBytes, a.WriteBytes},
		PageFaults: a.PageFaults,
	}
}

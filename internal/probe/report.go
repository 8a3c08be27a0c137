package probe

import (
	"bytes"
	"encoding/json"
	"fmt"

	"jobobject/internal/mechanism"
)

// State says whether the host holds a capability.
type State string

// Partial means that it holds, but less than fully or only after a step that
// How describes. Unknown means that it could not be tried; Why says what was
// in the way.
const (
	Yes     State = "yes"
	Partial State = "partial"
	No      State = "no"
	Unknown State = "unknown"
)

// Capability is one thing the host was tried for.
type Capability struct {
	Name   string `json:"name"`
	Group  string `json:"group"`
	State  State  `json:"state"`
	How    string `json:"how,omitempty"`    // what holds it
	Why    string `json:"why,omitempty"`    // why it does not hold: the error met
	Remedy string `json:"remedy,omitempty"` // what to type or change so that it does
}

// Report is what one run found.
type Report struct {
	Host Host `json:"host"`
	// Mechanism is what keeps the processes of a job together here. It has no name
	// where nothing does.
	Mechanism    mechanism.Choice `json:"mechanism"`
	Capabilities []Capability     `json:"capabilities"`
}

// The groups in which capabilities are listed.
const (
	Groups    = "groups"
	Limits    = "limits"
	Processes = "processes"
	Events    = "events"
)

// The names of the capabilities. They are part of the JSON form: programs look
// a capability up by them.
const (
	MakeGroup     = "make group"
	StartInside   = "start inside"
	GroupEvents   = "group events"
	FreezeGroup   = "freeze group"
	KillGroup     = "kill group"
	GroupXattr    = "group xattr"
	GroupLock     = "group lock"
	CPUAccounting = "cpu accounting"

	MemoryController = "memory controller"
	MemoryGroupKill  = "memory group kill"
	PidsController   = "pids controller"
	CPUController    = "cpu controller"
	CPUSetController = "cpuset controller"
	IOController     = "io controller"
	ChildRlimits     = "rlimits of a child"
	Priorities       = "priorities"
	CrashDumps       = "no crash dumps"
	PageOut          = "page out"

	Pidfd          = "pidfd"
	PidfdExitInfo  = "pidfd exit info"
	Subreaper      = "subreaper"
	SuspendedStart = "suspended start"

	EBPFTracing     = "ebpf tracing"
	EBPFForkRefusal = "ebpf fork refusal"
	ProcConnector   = "proc connector"
)

// Find returns the capability of that name.
func (r Report) Find(name string) (Capability, bool) {
	for _, c := range r.Capabilities {
		if c.Name == name {
			return c, true
		}
	}
	return Capability{}, false
}

// MarshalJSON adds the conclusion of CanRun, so that a script need not repeat
// its reasoning.
func (r Report) MarshalJSON() ([]byte, error) {
	type plain Report // without this method, or it would call itself
	type conclusion struct {
		OK  bool   `json:"ok"`
		Why string `json:"why"`
	}
	ok, why := r.CanRun()

	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	// Remedies are shell commands: && has to stay readable.
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		plain
		CanRun conclusion `json:"can_run"`
	}{plain(r), conclusion{ok, why}})
	if err != nil {
		return nil, fmt.Errorf("encode probe report: %w", err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

package jobobject

import (
	"context"
	"fmt"

	"jobobject/internal/probe"
)

// CapabilityState says whether this host holds a capability.
type CapabilityState string

// Partial means that it holds, but less than fully or only after a step that How
// describes. Unknown means that it could not be tried; Why says what was in the
// way.
const (
	CapabilityYes     = CapabilityState(probe.Yes)
	CapabilityPartial = CapabilityState(probe.Partial)
	CapabilityNo      = CapabilityState(probe.No)
	CapabilityUnknown = CapabilityState(probe.Unknown)
)

// Capability is one thing that jobs are made of and that a host may lack.
type Capability struct {
	Name   string // such as "make group" or "memory controller"
	Group  string // what it is for: groups, limits, processes or events
	State  CapabilityState
	How    string // what holds it
	Why    string // why it does not hold: the error that was met
	Remedy string // what to type or change so that it does
}

// Capabilities tells what this host can hold and how. It tries everything out each
// time, in some tens of milliseconds, and leaves nothing behind; it never goes by
// versions. `job doctor` shows the same to people.
//
// It fails where the host cannot be looked at, with what was found until then.
func Capabilities() ([]Capability, error) {
	report, err := probe.Run(context.Background())
	found := make([]Capability, 0, len(report.Capabilities))
	for _, c := range report.Capabilities {
		found = append(found, Capability{c.Name, c.Group, CapabilityState(c.State), c.How, c.Why, c.Remedy})
	}
	if err != nil {
		return found, fmt.Errorf("capabilities of this host: %w", err)
	}
	return found, nil
}

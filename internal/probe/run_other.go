//go:build !linux

package probe

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"jobobject/internal/mechanism"
)

// Run reports that this system was not looked at: the mechanisms probed here
// are Linux's. The error wraps errors.ErrUnsupported; the report is complete
// enough to be shown beside it.
func Run(context.Context) (Report, error) {
	why := fmt.Sprintf("unsupported system: the probes are for linux, this is %s", runtime.GOOS)
	report := Report{
		Host: Host{
			System: runtime.GOOS, Architecture: runtime.GOARCH,
			Privileges: Privileges{Held: []string{}, Missing: []string{}},
			Cgroups:    Cgroups{Controllers: []string{}, EnabledControllers: []string{}, V1: []V1Hierarchy{}},
		},
		Mechanism:    mechanism.Choice{Why: why},
		Capabilities: []Capability{{Name: MakeGroup, Group: Groups, State: No, Why: why}},
	}
	return report, fmt.Errorf("probe %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

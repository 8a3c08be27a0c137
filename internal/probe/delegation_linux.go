package probe

import (
	"errors"

	"jobobject/internal/delegation"
	"jobobject/internal/kernel"
)

// notDelegated is why systemd lets this process make no group where it is.
type notDelegated struct {
	error
	remedy string
}

// makeGroupWhereAllowed makes none where systemd has refused a place for them: the
// kernel may let root do it, and jobs are not made there either.
func (b *bench) makeGroupWhereAllowed() (*trialGroup, error) {
	var refusal *kernel.NotSupportedError
	if errors.As(delegation.Refusal(), &refusal) {
		return nil, notDelegated{refusal.Cause, refusal.Remedy}
	}
	return makeTrialGroup(b.groups.V2, b.host.Cgroups.Layout)
}

package mechanism

import (
	"strings"
	"testing"

	"jobobject/internal/delegation"
)

// It is a mistake, which another mechanism would only hide.
func TestNonsenseAboutDelegationIsAnErrorUnderEveryMechanism(t *testing.T) {
	for _, name := range []string{Auto, Cgroup, Proctree} {
		undecided(t)
		t.Setenv(Variable, name)
		t.Setenv(delegation.Variable, "maybe")
		if chosen, err := Own(); err == nil || !strings.Contains(err.Error(), delegation.Variable) {
			t.Errorf("%s: chosen %+v, error %v", name, chosen.Choice, err)
		}
	}
}

package mechanism

import (
	"testing"

	"jobobject/internal/cgroup"
)

// requireCgroup2 is for hosts on which cgroups can be forced, whoever may make them.
func requireCgroup2(t *testing.T) {
	t.Helper()
	if _, err := cgroup.New(); err != nil {
		t.Skip(err)
	}
}

func TestTheProgramGoesBeforeTheVariable(t *testing.T) {
	requireCgroup2(t)
	undecided(t)
	t.Setenv(Variable, Proctree)
	if err := Use(Cgroup); err != nil {
		t.Fatal(err)
	}
	chosen, err := Own()
	if err != nil || chosen.Name != Cgroup || chosen.Forced != byProgram {
		t.Errorf("chosen %+v, error %v", chosen.Choice, err)
	}
}

func TestTheVariableForcesOne(t *testing.T) {
	requireCgroup2(t)
	undecided(t)
	t.Setenv(Variable, Cgroup)
	chosen, err := Look()
	if err != nil || chosen.Name != Cgroup || chosen.Forced != Variable || chosen.Groups == nil {
		t.Errorf("chosen %+v, error %v", chosen.Choice, err)
	}
}

func TestAChoiceThatWasMadeStays(t *testing.T) {
	requireCgroup2(t)
	undecided(t)
	t.Setenv(Variable, Cgroup)
	first, err := Own()
	if err != nil {
		t.Fatal(err)
	}
	if err := Use(Proctree); err == nil {
		t.Error("it could be changed")
	}
	for _, same := range []string{Cgroup, Auto} {
		if err := Use(same); err != nil {
			t.Errorf("to use what is used, by the name %s: %v", same, err)
		}
	}
	t.Setenv(Variable, "windows")
	for name, ask := range map[string]func() (Chosen, error){"own": Own, "look": Look} {
		if again, err := ask(); err != nil || again.Groups != first.Groups {
			t.Errorf("%s: another one, %+v, error %v", name, again.Choice, err)
		}
	}
}

// Whoever only looks leaves the choice open.
func TestLookingDecidesNothing(t *testing.T) {
	requireCgroup2(t)
	undecided(t)
	t.Setenv(Variable, Cgroup)
	if _, err := Look(); err != nil {
		t.Fatal(err)
	}
	t.Setenv(Variable, "windows")
	if _, err := Own(); err == nil {
		t.Error("the look has decided")
	}
}

package mechanism

import (
	"strings"
	"testing"
)

// undecided has the process make its choice anew, and again after the test.
func undecided(t *testing.T) {
	t.Helper()
	forget := func() {
		own.Lock()
		defer own.Unlock()
		own.forced, own.made, own.chosen, own.err = "", false, Chosen{}, nil
	}
	forget()
	t.Cleanup(forget)
}

func TestANameThatThereIsNotIsRefusedWithThoseThereAre(t *testing.T) {
	undecided(t)
	lists := func(err error, who string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), `"windows"`) || !strings.Contains(err.Error(), "auto, cgroup, proctree") || !strings.Contains(err.Error(), who) {
			t.Errorf("the error is %v", err)
		}
	}
	lists(Use("windows"), "")
	if err := Use(""); err == nil {
		t.Error("no name was taken for one")
	}
	t.Setenv(Variable, "windows")
	chosen, err := Own()
	lists(err, Variable)
	if chosen.Groups != nil || chosen.Name != "" {
		t.Errorf("chosen all the same: %+v", chosen)
	}
	_, err = Look()
	lists(err, Variable)
}

func TestAnEmptyVariableSaysNothing(t *testing.T) {
	undecided(t)
	t.Setenv(Variable, "")
	if chosen, _ := Own(); chosen.Forced != "" {
		t.Errorf("forced by %s", chosen.Forced)
	}
}

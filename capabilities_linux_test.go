package jobobject_test

import (
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestCapabilitiesSayOfEachWhetherAndHowOrWhyNot(t *testing.T) {
	testkit.NoLeaks(t)
	capabilities, err := jobobject.Capabilities()
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]jobobject.CapabilityState{}
	for _, c := range capabilities {
		states[c.Name] = c.State
		switch c.State {
		case jobobject.CapabilityYes:
			if c.How == "" {
				t.Errorf("%s holds, and it is not said how", c.Name)
			}
		case jobobject.CapabilityPartial, jobobject.CapabilityNo, jobobject.CapabilityUnknown:
			if c.Why == "" {
				t.Errorf("%s is %s, and it is not said why", c.Name, c.State)
			}
		default:
			t.Errorf("%s is in state %q", c.Name, c.State)
		}
	}
	if _, tried := states["make group"]; !tried {
		t.Errorf("nobody tried to make a group: %v", states)
	}
}

// Where a job can be made, the group that it needs must be said to hold, and the
// other way round.
func TestCapabilitiesAgreeWithWhatHappens(t *testing.T) {
	testkit.NoLeaks(t)
	capabilities, err := jobobject.Capabilities()
	if err != nil {
		t.Fatal(err)
	}
	state := jobobject.CapabilityUnknown
	for _, c := range capabilities {
		if c.Name == "start inside" {
			state = c.State
		}
	}
	job, err := jobobject.Create("")
	if err != nil {
		t.Fatal(err)
	}
	defer job.Close()
	process, err := job.Start(testkit.FixtureCommand(t, "exit", "0"))
	if works := err == nil; works != (state == jobobject.CapabilityYes || state == jobobject.CapabilityPartial) {
		t.Errorf("start inside is %s, and a start gives error %v", state, err)
	}
	if err == nil {
		_, err = process.Wait()
	}
	if err != nil {
		t.Log(err)
	}
}

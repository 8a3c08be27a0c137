package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"jobobject"
	"jobobject/internal/cgroupfs"
	"jobobject/internal/mechanism"
	"jobobject/internal/probe"
	"jobobject/internal/testkit"
)

func TestLimitsListsEveryLimitAndWhatHoldsIt(t *testing.T) {
	testkit.NoLeaks(t)
	got := runToEnd(t, "limits", "--json")
	got.requireStatus(t, 0)
	var held []holding
	if err := json.Unmarshal([]byte(got.stdout), &held); err != nil {
		t.Fatalf("%v in %s", err, got.stdout)
	}
	text := runToEnd(t, "limits")
	text.requireStatus(t, 0)
	if len(held) != len(limits()) {
		t.Errorf("%d of %d limits", len(held), len(limits()))
	}
	for i, h := range held {
		if want := limits()[i]; h.Flag != "--"+want.flag || h.Field != want.field {
			t.Errorf("%s %s, want --%s %s", h.Flag, h.Field, want.flag, want.field)
		}
		if h.State == probe.Yes == (h.By == "") || h.State == probe.No == (h.Why == "") {
			t.Errorf("%+v: neither what holds it nor why nothing does", h)
		}
		line := fmt.Sprintf("(?m)^%s +%s +%s  +[^ ]", h.Flag, h.Field, h.State)
		if !regexp.MustCompile(line).MatchString(text.stdout) {
			t.Errorf("%s is not in\n%s", h.Flag, text.stdout)
		}
	}
}

// What is said to hold is what job run takes, and the other way round.
func TestLimitsSaysWhatJobRunDoes(t *testing.T) {
	testkit.NoLeaks(t)
	var held []holding
	if err := json.Unmarshal([]byte(runToEnd(t, "limits", "--json").stdout), &held); err != nil {
		t.Fatal(err)
	}
	for i, row := range limits() {
		if row.example.JobMemory > 0 || row.example.ProcessMemory > 0 {
			continue // they need more room than there may be for the command
		}
		args := []string{"run"}
		for _, b := range bounds(row.example, spent{}, nil, nil) {
			args = append(args, strings.Fields(b.String())...)
		}
		got := runToEnd(t, append(args, "true")...)
		if takes := got.status == 0; takes != (held[i].State == probe.Yes) {
			t.Errorf("it is %s, and job %s ends with %d: %s", held[i].State, args, got.status, got.stderr)
		}
	}
}

func TestALimitThatNobodyHoldsSaysWhyAndWhatHelps(t *testing.T) {
	nowhere := probe.Report{
		Host:      probe.Host{Cgroups: probe.Cgroups{Layout: cgroupfs.LayoutUnified}},
		Mechanism: mechanism.Choice{Why: "read-only", Remedy: "remount"},
	}
	for _, row := range limits() {
		if h := row.heldHere(nowhere); h.State != probe.No || !strings.Contains(h.Why, "read-only") || h.Remedy != "remount" || h.By != "" {
			t.Errorf("%+v", h)
		}
	}
	cause := &jobobject.NotSupportedError{Feature: "X", Cause: errors.New("no controller"), Remedy: "enable it"}
	if h := (holding{By: "x"}).lost(fmt.Errorf("create job: %w", cause)); h.Why != "no controller" || h.Remedy != "enable it" || h.By != "" {
		t.Errorf("%+v", h)
	}
	if h := (holding{}).lost(errors.New("odd")); h.Why != "odd" || h.State != probe.No {
		t.Errorf("%+v", h)
	}
	var out strings.Builder
	if err := showLimits(&out, []holding{{"--a", "A", probe.No, "", "why", "help"}, {"--b", "B", probe.No, "", "too", "help"}}, false); err != nil {
		t.Fatal(err)
	}
	const want = "FLAG  FIELD  HELD  BY\n--a   A      no    why; help\n--b   B      no    too (remedy above)\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

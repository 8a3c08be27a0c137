package main

import (
	"io"
	"strings"
	"testing"
)

func TestArguments(t *testing.T) {
	for _, test := range []struct {
		name, line, complaint string
	}{
		{"none are needed", "", ""},
		{"all at once", "-rounds 7 -only kill -json x.json -check -job a -fixture b", ""},
		{"no rounds", "-rounds 0", "at least one"},
		{"a pattern that is none", "-only (", "missing closing"},
		{"an unknown flag", "-fast", "not defined"},
		{"something that is no flag", "all", `unexpected argument "all"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parse(strings.Fields(test.line), io.Discard)
			if (err == nil) != (test.complaint == "") || err != nil && !strings.Contains(err.Error(), test.complaint) {
				t.Errorf("error = %v, want %q", err, test.complaint)
			}
		})
	}
}

func TestOnlyIsARegularExpression(t *testing.T) {
	a, err := parse([]string{"-only", "^kill/1"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if a.only == nil || !a.only.MatchString("kill/1000") || a.only.MatchString("launch/kill/1") {
		t.Errorf("only = %v", a.only)
	}
}

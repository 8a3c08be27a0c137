package mechanism

import (
	"fmt"
	"os"
	"strings"

	"jobobject/internal/group"
)

// The mechanisms, and what leaves the choice to this package.
const (
	Cgroup   = "cgroup"
	Proctree = "proctree"
	Auto     = "auto"
)

// Variable is the name of the environment variable that forces one.
const Variable = "JOBOBJECT_MECHANISM"

// byProgram is what has forced one where it was not the variable.
const byProgram = "the program"

// Choice says what it fell on and why.
type Choice struct {
	Name   string `json:"name,omitempty"`      // empty where nothing can be had
	Forced string `json:"forced_by,omitempty"` // what has left no choice
	Why    string `json:"why"`
	Remedy string `json:"remedy,omitempty"` // what to do for a better one
}

// Chosen is a choice that can be used.
type Chosen struct {
	Choice
	Groups group.Groups
}

// check refuses names that there are not.
func check(name string) error {
	switch name {
	case Cgroup, Proctree, Auto:
		return nil
	}
	return fmt.Errorf("there is no mechanism %q: it is %s", name, strings.Join([]string{Auto, Cgroup, Proctree}, ", "))
}

// wish is what the variable says. One that is empty says nothing.
func wish() (name string, err error) {
	name = os.Getenv(Variable)
	if name == "" {
		return Auto, nil
	}
	if err := check(name); err != nil {
		return "", fmt.Errorf("environment variable %s: %w", Variable, err)
	}
	return name, nil
}

package mechanism

import (
	"cmp"
	"fmt"
	"sync"
)

// own is the choice of this process.
var own struct {
	sync.Mutex
	forced string // by Use
	made   bool
	chosen Chosen
	err    error
}

// Use forces a mechanism, whatever the variable says. It is too late when the choice
// has been made, unless that fell on the same one.
func Use(name string) error {
	if err := check(name); err != nil {
		return err
	}
	own.Lock()
	defer own.Unlock()
	if own.made && name != Auto && name != own.chosen.Name {
		return fmt.Errorf("use mechanism %s: this process has made its choice, %s; say so before its first job", name, cmp.Or(own.chosen.Name, "and there is none"))
	}
	own.forced = name
	return nil
}

// Own is the choice of this process, which is made by the first call.
func Own() (Chosen, error) {
	own.Lock()
	defer own.Unlock()
	if !own.made {
		own.chosen, own.err = choice()
		own.made = true
	}
	return own.chosen, own.err
}

// Look is the choice that was made, or the one that would be now. For that it may have
// to take this process to a place of its own, as the choice itself would.
func Look() (Chosen, error) {
	own.Lock()
	defer own.Unlock()
	if own.made {
		return own.chosen, own.err
	}
	return choice()
}

// forced is what the choice has to be, or Auto, and who says so; own is locked.
func forced() (name, by string, err error) {
	if own.forced != "" {
		return own.forced, byProgram, nil
	}
	name, err = wish()
	return name, Variable, err
}

// choice makes it; own is locked.
func choice() (Chosen, error) {
	name, by, err := forced()
	if err != nil {
		return Chosen{}, err
	}
	chosen, err := choose(name)
	if name != Auto {
		chosen.Forced = by
	}
	return chosen, err
}

// Expected is what the choice will fall on if it is forced, Auto if not. It is
// no promise, and costs nothing.
func Expected() string {
	own.Lock()
	defer own.Unlock()
	if own.made {
		return own.chosen.Name
	}
	name, _, _ := forced()
	return name
}

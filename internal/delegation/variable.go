package delegation

import (
	"fmt"
	"os"
)

// Variable is the name of the environment variable that says whether systemd may be
// asked. With No, groups are made where the process is, if the kernel lets it.
const Variable = "JOBOBJECT_DELEGATION"

// The values of Variable. The empty one says nothing, and systemd is asked.
const (
	Ask = "ask"
	No  = "no"
)

// Check refuses a value of Variable that there is not. Obtain does so too.
func Check() error { return check(os.Getenv(Variable)) }

func check(value string) error {
	switch value {
	case "", Ask, No:
		return nil
	}
	return fmt.Errorf("environment variable %s: there is no %q: it is %s or %s", Variable, value, Ask, No)
}

package delegation

// Variable is the name of the environment variable that says whether systemd may be
// asked. With No, groups are made where the process is, if the kernel lets it.
const Variable = "JOBOBJECT_DELEGATION"

// The values of Variable. The empty one says nothing, and systemd is asked.
const (
	Ask = "ask"
	No  = "no"
)

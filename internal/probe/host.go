package probe

import "jobobject/internal/cgroupfs"

// Host is what was found out about the machine and the caller's place on it.
type Host struct {
	System        string     `json:"system"`       // runtime.GOOS
	Architecture  string     `json:"architecture"` // runtime.GOARCH
	Kernel        string     `json:"kernel,omitempty"`
	User          User       `json:"user"`
	Privileges    Privileges `json:"privileges"`
	Cgroups       Cgroups    `json:"cgroups"`
	Delegation    Delegation `json:"delegation"`
	PIDNamespace  Namespace  `json:"pid_namespace"`
	UserNamespace Namespace  `json:"user_namespace"`
	Container     string     `json:"container,omitempty"` // what kind, empty outside of one
}

// User is who asks.
type User struct {
	UID          int  `json:"uid"`
	EffectiveUID int  `json:"effective_uid"`
	Root         bool `json:"root"`
}

// Privileges are the capabilities(7) that matter here, split by whether they
// are effective.
type Privileges struct {
	Held    []string `json:"held"`
	Missing []string `json:"missing"`
}

// Cgroups is where cgroups are and where among them the caller is.
type Cgroups struct {
	Layout             cgroupfs.Layout `json:"layout"`
	MountPoint         string          `json:"mount_point,omitempty"` // of cgroup2
	ReadOnly           bool            `json:"read_only"`             // that mount
	OwnPath            string          `json:"own_path,omitempty"`    // as /proc/self/cgroup names it
	OwnDirectory       string          `json:"own_directory,omitempty"`
	Controllers        []string        `json:"controllers"`         // v2, available in the own group
	EnabledControllers []string        `json:"enabled_controllers"` // v2, handed to its child groups
	V1                 []V1Hierarchy   `json:"v1"`
}

// V1Hierarchy is one mounted cgroup v1 hierarchy.
type V1Hierarchy struct {
	Controllers  []string `json:"controllers"` // a named hierarchy has "name=…"
	MountPoint   string   `json:"mount_point"`
	ReadOnly     bool     `json:"read_only"`
	OwnPath      string   `json:"own_path"`
	OwnDirectory string   `json:"own_directory,omitempty"`
}

// Delegation is whether the caller has a part of the v2 tree to itself, and
// who could give it one.
type Delegation struct {
	CanMakeGroups bool   `json:"can_make_groups"` // mkdir below the own group was done
	Owned         bool   `json:"owned"`           // the own group's directory belongs to the caller
	Systemd       bool   `json:"systemd"`         // systemd is the init system
	UserManager   string `json:"user_manager,omitempty"`
	Why           string `json:"why,omitempty"` // why no group can be made
}

// Namespace is a kernel namespace and whether it is the host's own.
type Namespace struct {
	ID      uint64 `json:"id"`
	Initial bool   `json:"initial"`
}

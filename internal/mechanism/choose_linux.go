package mechanism

import (
	"errors"
	"fmt"

	"jobobject/internal/cgroup"
	"jobobject/internal/delegation"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/proctree"
)

// choose takes what was wished, or the best there is.
func choose(name string) (Chosen, error) {
	if err := delegation.Check(); err != nil {
		return Chosen{}, err
	}
	switch name {
	case Cgroup:
		return forcedCgroup()
	case Proctree:
		return forcedProctree()
	}
	groups, how, noCgroup := cgroups()
	if noCgroup == nil {
		noCgroup = groups.CanMake()
	}
	if noCgroup == nil {
		return held(groups, "cgroups can be made below "+groups.Home()+how), nil
	}
	trees, noTree := proctree.New()
	if noTree != nil {
		return Chosen{}, neither(noCgroup, noTree)
	}
	return Chosen{
		Choice: Choice{Name: Proctree, Why: "no cgroup can be made: " + cause(noCgroup).Error(), Remedy: remedy(noCgroup)},
		Groups: trees,
	}, nil
}

func held(groups *cgroup.Groups, why string) Chosen {
	return Chosen{Choice{Name: Cgroup, Why: why}, groups}
}

// cgroups are those of a process that systemd, where it has a say, lets make some, and
// how.
func cgroups() (groups *cgroup.Groups, how string, err error) {
	how, err = delegation.Obtain()
	if err != nil {
		return nil, "", err
	}
	if how != "" {
		how = ", " + how
	}
	groups, err = cgroup.New()
	return groups, how, err
}

// forcedCgroup is also for a process that may not make groups where it is: somewhere
// else it may.
func forcedCgroup() (Chosen, error) {
	groups, how, err := cgroups()
	if err != nil {
		return Chosen{}, err
	}
	chosen := held(groups, "it was asked for"+how)
	if err := groups.CanMake(); err != nil {
		chosen.Why, chosen.Remedy = "it was asked for, though no cgroup can be made here: "+cause(err).Error(), remedy(err)
	}
	return chosen, nil
}

func forcedProctree() (Chosen, error) {
	trees, err := proctree.New()
	if err != nil {
		return Chosen{}, err
	}
	return Chosen{Choice{Name: Proctree, Why: "it was asked for", Remedy: "let it be chosen: where cgroups can be made they hold more"}, trees}, nil
}

// neither is for a host that has nothing to hold jobs with. The remedy is for the
// better mechanism.
func neither(noCgroup, noTree error) error {
	return &kernel.NotSupportedError{
		Feature: "jobs",
		Cause:   fmt.Errorf("no cgroup can be made: %w; and no process tree can be supervised: %w", cause(noCgroup), cause(noTree)),
		Remedy:  remedy(noCgroup),
	}
}

func cause(err error) error {
	var unsupported *kernel.NotSupportedError
	if errors.As(err, &unsupported) && unsupported.Cause != nil {
		return unsupported.Cause
	}
	return err
}

func remedy(err error) string {
	var unsupported *kernel.NotSupportedError
	if errors.As(err, &unsupported) {
		return unsupported.Remedy
	}
	return ""
}

// Other is the mechanism that was not chosen. This process may be in a job that
// another one keeps together by it.
func Other(chosen string) (group.Groups, error) {
	if chosen == Cgroup {
		return proctree.New()
	}
	groups, err := cgroup.New()
	if err != nil {
		return nil, err
	}
	return groups, nil
}

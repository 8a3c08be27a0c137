package cgroup

import (
	"jobobject/internal/kernel"
	"jobobject/internal/member"
)

// survivors describes what is left of a list of members.
func (t tree) survivors(pids []int) []kernel.Survivor {
	var survivors []kernel.Survivor
	for _, pid := range pids {
		if path, err := pathOf(pid); err != nil || !t.holds(path) {
			continue
		}
		survivors = append(survivors, kernel.Survivor{
			Pid:     pid,
			Command: member.Command(pid),
			State:   member.State(pid),
		})
	}
	return survivors
}

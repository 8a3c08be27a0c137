package member

import (
	"cmp"
	"slices"
	"strconv"
)

// ByAge orders processes, the oldest first. Those of the same tick of the
// kernel's clock are ordered by their numbers, which mostly grow.
func ByAge(pids []int) {
	const startTime = 22 - 3 // field of /proc/PID/stat, counted after the name
	born := make(map[int]uint64, len(pids))
	for _, pid := range pids {
		if _, rest, found := Stat(pid); found && len(rest) > startTime {
			born[pid], _ = strconv.ParseUint(rest[startTime], 10, 64)
		}
	}
	slices.SortFunc(pids, func(a, b int) int {
		return cmp.Or(cmp.Compare(born[a], born[b]), cmp.Compare(a, b))
	})
}

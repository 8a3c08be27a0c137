package cgroup

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"

	"jobobject/internal/kernel"
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
			Command: commandOf(pid),
			State:   stateOf(pid),
		})
	}
	return survivors
}

// commandOf is the command line of a process, or its name in brackets where it
// has none.
func commandOf(pid int) string {
	dir := "/proc/" + strconv.Itoa(pid)
	if line, err := os.ReadFile(dir + "/cmdline"); err == nil && len(line) > 0 {
		return string(bytes.ReplaceAll(bytes.TrimRight(line, "\x00"), []byte{0}, []byte{' '}))
	}
	name, _ := os.ReadFile(dir + "/comm")
	return "[" + strings.TrimSpace(string(name)) + "]"
}

// stateOf says what keeps a killed process alive, as far as /proc tells.
func stateOf(pid int) string {
	_, rest, found := statOf(pid)
	if !found || len(rest) == 0 {
		return ""
	}
	switch rest[0] {
	case "D":
		return "uninterruptible sleep, or frozen by a v1 freezer"
	case "Z":
		return "dead leader with live threads"
	default:
		return "state " + rest[0]
	}
}

// anyRunnable tells whether one of the processes only waits for a processor.
func anyRunnable(pids []int) bool {
	return slices.ContainsFunc(pids, func(pid int) bool {
		_, rest, found := statOf(pid)
		return found && len(rest) > 0 && rest[0] == "R"
	})
}

// statOf splits /proc/PID/stat into the name and what comes after it. The name
// may hold anything, parentheses and spaces too.
func statOf(pid int) (name string, rest []string, found bool) {
	content, err := readMadeUp("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", nil, false
	}
	return splitStat(content)
}

func splitStat(content []byte) (name string, rest []string, found bool) {
	open, end := bytes.IndexByte(content, '('), bytes.LastIndexByte(content, ')')
	if open < 0 || end < open {
		return "", nil, false
	}
	return string(content[open+1 : end]), strings.Fields(string(content[end+1:])), true
}

package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// childrenOf are the processes whose parent is pid.
func childrenOf(pid int) (children []int) {
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		child, err := strconv.Atoi(filepath.Base(dir))
		if err == nil && parentOf(child) == pid {
			children = append(children, child)
		}
	}
	return children
}

func parentOf(pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0 // gone
	}
	// pid (name) state ppid; the name may hold anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	parent, _ := strconv.Atoi(string(fields[1]))
	return parent
}

func argumentsOf(pid int) []string {
	content, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) // gone: no arguments
	return strings.Split(strings.TrimSuffix(string(content), "\x00"), "\x00")
}

func footprintOf(pid int) (Footprint, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return Footprint{}, err
	}
	defer file.Close()
	var f Footprint
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != 3 || fields[2] != "kB" {
			continue
		}
		kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return Footprint{}, fmt.Errorf("read %s: %w", file.Name(), err)
		}
		switch fields[0] {
		case "Rss:":
			f.RSS = kilobytes * 1024
		case "Pss:":
			f.PSS = kilobytes * 1024
		}
	}
	if err := lines.Err(); err != nil {
		return Footprint{}, err
	}
	if f.RSS == 0 {
		return Footprint{}, fmt.Errorf("read %s: no resident memory, so the process is gone", file.Name())
	}
	return f, nil
}

// scheduled is how long the threads of a process have had a processor. The figures of
// its stat file are in ticks, of which a second that is slept through has none.
func scheduled(pid int) (sum time.Duration, err error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0, err
	}
	for _, file := range threads {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // a thread that is gone
		}
		first, _, _ := strings.Cut(string(content), " ")
		ran, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", file, err)
		}
		sum += time.Duration(ran)
	}
	if sum == 0 {
		return 0, fmt.Errorf("process %d is gone, or its kernel has no schedstat", pid)
	}
	return sum, nil
}

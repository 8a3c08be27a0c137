package testkit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// insideFence tells whether somebody has made a fence around this process: where cgroups
// can only be read, as scripts/in-container makes the place, it cannot do that itself.
func insideFence() bool {
	group, err := findHierarchy("pids")
	if err != nil {
		group, err = findHierarchy("")
	}
	if err != nil || !strings.HasPrefix(filepath.Base(group.own), fencePrefix) {
		return false
	}
	text, err := os.ReadFile(filepath.Join(group.own, "pids.max"))
	if err != nil {
		return false
	}
	limit, err := strconv.Atoi(strings.TrimSpace(string(text)))
	return err == nil && limit <= fenceLimit // "max" is none
}

// limitFence lets the user have 2000 tasks more than there are. Others of the same user
// keep the limits that they have, and what they start meanwhile counts.
func limitFence() (leave func() error, err error) {
	if exempt, err := exemptFromLimit(); err != nil || exempt {
		return nil, errors.Join(err, errors.New("no limit on processes binds who has CAP_SYS_RESOURCE or CAP_SYS_ADMIN"))
	}
	present, err := tasksOf(uint32(os.Getuid()))
	if err != nil {
		return nil, fmt.Errorf("count the tasks of this user: %w", err)
	}
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &before); err != nil {
		return nil, err
	}
	limit := unix.Rlimit{Cur: min(before.Cur, uint64(present)+fenceLimit), Max: before.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NPROC, &limit); err != nil {
		return nil, fmt.Errorf("limit the processes of this user to %d: %w", limit.Cur, err)
	}
	return func() error { return unix.Setrlimit(unix.RLIMIT_NPROC, &before) }, nil
}

func exemptFromLimit() (bool, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		return false, fmt.Errorf("read the capabilities: %w", err)
	}
	const exempt = 1<<unix.CAP_SYS_RESOURCE | 1<<unix.CAP_SYS_ADMIN
	return sets[0].Effective&exempt != 0, nil
}

// tasksOf counts the threads of a user that this process can see.
func tasksOf(uid uint32) (count int, err error) {
	processes, err := filepath.Glob("/proc/[0-9]*")
	for _, dir := range processes {
		info, statErr := os.Stat(dir)
		if statErr != nil || info.Sys().(*syscall.Stat_t).Uid != uid {
			continue // somebody else's, or gone
		}
		if tasks, err := os.ReadDir(filepath.Join(dir, "task")); err == nil {
			count += len(tasks)
		}
	}
	return count, err
}

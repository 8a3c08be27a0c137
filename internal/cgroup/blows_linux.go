package cgroup

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// checkMemoryKillsAll refuses what v1 cannot do by itself. To do it from here would
// hold only as long as this process lives.
func checkMemoryKillsAll(l group.Limits, v1 bool) error {
	if !l.MemoryKillsAll || !v1 {
		return nil
	}
	return &kernel.NotSupportedError{
		Feature: "JobMemoryKillsAll",
		Cause:   errors.New("the memory controller is in a v1 hierarchy, which ends one process at a time"),
		Remedy:  "boot with cgroup v2 alone (systemd.unified_cgroup_hierarchy=1)",
	}
}

// writeKillsAll comes to a file that there is since Linux 4.19.
func writeKillsAll(dir string, all bool) error {
	if all {
		return writeFile(dir+"/memory.oom.group", "1")
	}
	return ignoreMissing(writeFile(dir+"/memory.oom.group", "0"))
}

// Blows are what the limits of this very group have done.
func (g *Group) Blows() (group.Blows, error) {
	if s := g.shadow("memory"); s != nil {
		kills := memoryKillsV1(s.dir)
		return group.Blows{MemoryReached: kills, MemoryKills: kills}, nil
	}
	reached := readPairs(g.dir + "/memory.events.local")["oom"]
	if reached == 0 {
		return group.Blows{}, nil
	}
	return group.Blows{MemoryReached: reached, MemoryKills: killsIn(readPairs(g.dir + "/memory.events"))}, nil
}

// killsIn counts once the process that is killed first where all of a group are: the
// kernel comes to it again with the others. Before it counts such kills, as it does
// since Linux 5.17, that one is counted twice.
func killsIn(events map[string]uint64) uint64 {
	return events["oom_kill"] - min(events["oom_kill"], events["oom_group_kill"])
}

// WatchBlows has the kernel tell of a change, which it does once in 10 ms at most. In a
// v1 hierarchy it tells in another way. Where it refuses to, what happens there is
// counted and not told.
func (g *Group) WatchBlows(changed func()) (stop func(), err error) {
	if s := g.shadow("memory"); s != nil {
		return watchBlowsV1(s.dir, changed)
	}
	file, err := openNotices(g.dir + "/memory.events")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	unblock := context.AfterFunc(ctx, func() { _ = file.file.SetReadDeadline(time.Unix(1, 0)) })
	go func() {
		defer file.close()
		defer unblock()
		for last := (memoryEvents{}); ctx.Err() == nil; changed() {
			if last, err = file.nextMemoryEvents(last); err != nil {
				return // it is not wanted any more, or the group is gone
			}
		}
	}()
	return cancel, nil
}

type memoryEvents struct{ reached, kills uint64 }

// nextMemoryEvents waits until they are others than the last.
func (e *events) nextMemoryEvents(last memoryEvents) (now memoryEvents, err error) {
	waitErr := e.raw.Read(func(fd uintptr) bool {
		now, err = readMemoryEvents(int(fd))
		return err != nil || now != last
	})
	return now, errors.Join(err, waitErr)
}

// readMemoryEvents also arms the notice of the next change.
func readMemoryEvents(fd int) (memoryEvents, error) {
	content := make([]byte, 1024)
	n, err := syscall.Pread(fd, content, 0)
	if err != nil {
		return memoryEvents{}, os.NewSyscallError("read memory.events", err)
	}
	pairs := pairsOf(string(content[:n]))
	return memoryEvents{pairs["oom"], pairs["oom_kill"]}, nil
}

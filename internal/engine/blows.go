package engine

import (
	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// blows tells what the system does to hold the memory limit of a job, while a port
// or a stream listens: by itself it needs no help, and costs nothing then.
type blows struct {
	stop func()
	told group.Blows
}

func (j *job) wantsBlows() bool {
	if j.group == nil || j.limits.JobMemory == 0 {
		return false
	}
	j.teller.mu.Lock()
	defer j.teller.mu.Unlock()
	return j.teller.heard()
}

// watchBlows begins with what is there already, which is not told. The engine's lock
// is held, as for those below.
func (j *job) watchBlows() (err error) {
	if j.blows != nil || !j.wantsBlows() {
		return nil
	}
	b := &blows{}
	if b.told, err = j.group.Blows(); err != nil {
		return err
	}
	b.stop, err = j.group.WatchBlows(func() {
		j.engine.mu.Lock()
		defer j.engine.mu.Unlock()
		if j.blows == b {
			j.tellBlows()
		}
	})
	if err == nil {
		j.blows = b
	}
	return err
}

// unwatchBlows ends that where nobody wants it any more.
func (j *job) unwatchBlows() {
	if j.blows != nil && !j.wantsBlows() {
		j.blows.stop()
		j.blows = nil
	}
}

// tellBlows tells what has happened since the last time: to ports that somebody could
// not have memory, whose number the system does not tell (LIM-52), and to streams how
// many it has killed. It is one message however often that was (LIM-57).
func (j *job) tellBlows() {
	if j.blows == nil || j.group == nil {
		return
	}
	now, err := j.group.Blows()
	if err != nil {
		return // what has not been told is told the next time
	}
	before := j.blows.told
	now.MemoryKills = max(now.MemoryKills, before.MemoryKills)
	j.blows.told = now
	if now.MemoryReached > before.MemoryReached {
		j.post(kernel.Message{ID: kernel.JobMemoryLimit})
	}
	if now.MemoryKills > before.MemoryKills {
		j.tellStrike(kernel.Strike{Limit: kernel.JobMemoryStrike, Terminated: now.MemoryKills - before.MemoryKills})
	}
}

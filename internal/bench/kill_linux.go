package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"jobobject"
)

// trees are the sizes that are ended, and in what part of the rounds: large ones
// take long to grow and vary less.
var trees = []struct {
	processes int
	part      float64
}{{10, 0.5}, {100, 0.3}, {1000, 0.3}, {5000, 0.07}}

const fewestRounds = 3

const (
	rawKill   = "raw cgroup.kill"
	terminate = "Terminate"
)

// kills ends trees of each size, by the kernel's own means and by the library.
func (r *run) kills(ctx context.Context) error {
	for _, size := range trees {
		name := strconv.Itoa(size.processes)
		if !r.wanted("kill", name) {
			continue
		}
		if r.ground.NoGroup != nil {
			r.skip("kill", name, r.ground.NoGroup)
			continue
		}
		contestants := []Contestant{r.rawKill(size.processes)}
		library := r.terminate(size.processes)
		if err := r.terminate(2).try(ctx); err == nil {
			contestants = append(contestants, library)
		} else {
			r.skip("kill", name, fmt.Errorf("%s: %w", library.Name, err))
		}
		rounds := max(fewestRounds, int(size.part*float64(r.options.Rounds)))
		r.say("kill: %d processes, %d rounds", size.processes, rounds)
		samples, err := Compete(ctx, contestants, rounds)
		if err != nil {
			return fmt.Errorf("kill %d: %w", size.processes, err)
		}
		r.report.Kill = append(r.report.Kill, Kill{
			Processes: size.processes,
			Raw:       timing(samples[rawKill]),
			Terminate: timing(samples[terminate]),
			Ratio:     samples[terminate].Ratio(samples[rawKill]),
		})
	}
	return context.Cause(ctx)
}

// rawKill writes to cgroup.kill and waits until the kernel says that the group
// is empty.
func (r *run) rawKill(processes int) Contestant {
	return Contestant{Name: rawKill, Turn: func(ctx context.Context) (took time.Duration, err error) {
		dir, err := r.ground.MakeGroup("raw")
		if err != nil {
			return 0, err
		}
		group, err := os.Open(dir)
		if err != nil {
			return 0, err
		}
		defer group.Close()
		tree, err := r.plant(ctx, processes, func(cmd *exec.Cmd) error {
			cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
			return cmd.Start()
		})
		if err != nil {
			return 0, err
		}
		began := time.Now()
		err = write(dir, "cgroup.kill", "1")
		if err == nil {
			err = awaitUnpopulated(dir)
		}
		if err == nil {
			err = tree.proveDead()
		}
		took = time.Since(began)
		if err != nil {
			tree.abandon()
			return 0, err
		}
		return took, errors.Join(tree.clear(), os.Remove(dir))
	}}
}

// terminate ends the same tree as a job.
func (r *run) terminate(processes int) Contestant {
	return Contestant{Name: terminate, Turn: func(ctx context.Context) (took time.Duration, err error) {
		job, err := jobobject.Create("")
		if err != nil {
			return 0, err
		}
		tree, err := r.plant(ctx, processes, func(cmd *exec.Cmd) error {
			_, err := job.Start(cmd)
			return err
		})
		if err != nil {
			return 0, errors.Join(err, job.Close())
		}
		began := time.Now()
		err = job.Terminate(1)
		if err == nil {
			err = tree.proveDead()
		}
		took = time.Since(began)
		if err != nil {
			tree.abandon()
			return 0, errors.Join(err, job.Close())
		}
		return took, errors.Join(tree.clear(), job.Close())
	}}
}

// awaitUnpopulated waits for the kernel's word that a group is empty.
func awaitUnpopulated(dir string) error {
	events, err := os.Open(filepath.Join(dir, "cgroup.events"))
	if err != nil {
		return err
	}
	defer events.Close()
	deadline := time.Now().Add(patience)
	content := make([]byte, 256)
	for {
		n, err := events.ReadAt(content, 0)
		if n == 0 {
			return fmt.Errorf("read %s: %w", events.Name(), err)
		}
		if strings.Contains(string(content[:n]), "populated 0") {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s is not empty after %v", dir, patience)
		}
		fds := []unix.PollFd{{Fd: int32(events.Fd()), Events: unix.POLLPRI}}
		if _, err := unix.Poll(fds, 1000); err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

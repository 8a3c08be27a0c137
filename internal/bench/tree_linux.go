package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// tree is a process with many children that all hold the writing end of a pipe.
type tree struct {
	cmd   *exec.Cmd
	death *os.File
}

// plant starts a tree of that many sleeping processes, in the way of start, and
// returns when all of them are up.
func (r *run) plant(ctx context.Context, processes int, start func(*exec.Cmd) error) (*tree, error) {
	if err := r.ground.MakeRoom(ctx, processes); err != nil {
		return nil, err
	}
	death, held, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer held.Close()
	said, output, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, death.Close())
	}
	defer said.Close()
	cmd := exec.Command(r.options.Fixture, "children", strconv.Itoa(processes-1))
	cmd.Stdout = output
	cmd.Stderr = os.Stderr
	cmd.ExtraFiles = []*os.File{held}
	cmd.Env = append(os.Environ(), "FIXTURE_DEATH_FD=3")
	err = start(cmd)
	output.Close()
	if err == nil {
		err = awaitReady(ctx, said)
	}
	tree := &tree{cmd, death}
	if err != nil {
		tree.abandon()
		return nil, fmt.Errorf("start a tree of %d: %w", processes, err)
	}
	// The kernel tells of a change in cgroup.events at most once in 10 ms, and the
	// start was one. Most trees are older than that when they are ended.
	idle(ctx)
	return tree, nil
}

func awaitReady(ctx context.Context, said *os.File) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { said.Close() })
	defer stop()
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if line := lines.Text(); line == "ready" {
			return nil
		} else if strings.HasPrefix(line, "failed: ") || strings.HasPrefix(line, "error ") {
			return errors.New(line)
		}
	}
	return errors.Join(context.Cause(ctx), errors.New("it never got ready"))
}

// proveDead waits for the end of the pipe, which comes when nobody holds it.
func (t *tree) proveDead() error {
	if err := t.death.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, t.death); err != nil {
		return fmt.Errorf("some of the tree are still alive: %w", err)
	}
	return nil
}

// abandon gives up on a tree after an error. Its children are left to the ground.
func (t *tree) abandon() {
	if t.cmd.Process != nil {
		_ = t.cmd.Process.Kill() // the first error is the one to tell
		_ = t.cmd.Wait()
	}
	t.death.Close()
}

// clear reaps the root of a dead tree.
func (t *tree) clear() error {
	err := t.death.Close()
	var killed *exec.ExitError
	if waitErr := t.cmd.Wait(); !errors.As(waitErr, &killed) {
		err = errors.Join(err, waitErr)
	}
	return err
}

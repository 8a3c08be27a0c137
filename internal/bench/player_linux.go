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

	"jobobject"
)

// A process has one mechanism for all its jobs. So those who are compared by that are
// players: processes of this program that do what they are told, line by line, and
// answer with the nanoseconds that it took.

// Play is such a process until its input ends.
func Play(mechanism, fixture string, orders io.Reader, answers io.Writer) error {
	if err := jobobject.UseMechanism(mechanism); err != nil {
		return err
	}
	r := &run{options: Options{Fixture: fixture}, ground: &Ground{}}
	lines := bufio.NewScanner(orders)
	for lines.Scan() {
		took, err := r.obey(lines.Text())
		if err != nil {
			fmt.Fprintf(answers, "error %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
			continue
		}
		fmt.Fprintln(answers, took.Nanoseconds())
	}
	return lines.Err()
}

// The orders. The one to end a tree is followed by its size.
const (
	orderCycle = "cycle"
	orderEnd   = "end "
	orderWatch = "watch"
)

func (r *run) obey(order string) (time.Duration, error) {
	ctx := context.Background()
	size, end := strings.CutPrefix(order, orderEnd)
	switch {
	case order == orderCycle:
		return libraryCycle(order, jobobject.Limits{KillOnClose: true}).Turn(ctx)
	case order == orderWatch:
		return r.watch(ctx)
	case end:
		processes, err := strconv.Atoi(size)
		if err != nil {
			return 0, err
		}
		return r.terminate(processes).Turn(ctx)
	}
	return 0, fmt.Errorf("there is no order %q", order)
}

// watch is what processors were used in a second for a job with limits that somebody
// has to watch and a member that sleeps: by this process and all that it has for the
// job.
func (r *run) watch(ctx context.Context) (used time.Duration, err error) {
	limits := jobobject.Limits{KillOnClose: true, JobUserTime: time.Hour, ActiveProcesses: 8}
	job, err := jobobject.Create("", jobobject.WithLimits(limits))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, job.Close()) }()
	member, err := job.Start(exec.Command("sleep", "600"))
	if err != nil {
		return 0, err
	}
	go member.Wait()
	const settling, watching = 500 * time.Millisecond, time.Second
	if err := pass(ctx, settling); err != nil {
		return 0, err
	}
	// Looking for them takes longer than what is measured.
	all := below(os.Getpid(), member.Pid())
	before, err := scheduledAll(all)
	if err != nil {
		return 0, err
	}
	if err := pass(ctx, watching); err != nil {
		return 0, err
	}
	after, err := scheduledAll(all)
	return after - before, err
}

// below are a process and those below it, but for one of them.
func below(pid, without int) []int {
	if pid == without {
		return nil
	}
	all := []int{pid}
	for _, child := range childrenOf(pid) {
		all = append(all, below(child, without)...)
	}
	return all
}

func scheduledAll(pids []int) (sum time.Duration, err error) {
	for _, pid := range pids {
		one, err := scheduled(pid)
		if err != nil {
			return 0, err
		}
		sum += one
	}
	return sum, nil
}

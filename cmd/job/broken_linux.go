package main

import (
	"errors"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"jobobject"
	"jobobject/internal/proctable"
	"jobobject/internal/report"
)

// hasChildren tells whether this process has any, as one has that a shell has become.
func hasChildren() bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return !errors.Is(err, unix.ECHILD)
}

// mend is for a tree both of whose supervisors were killed at once: it ends what was
// below them, which has fallen to this process, a subreaper, and says who that was.
// Where this process had children before its first one they cannot be told apart, and
// the error stays.
func (s *session) mend(err error) (ended []report.Process, _ error) {
	const patience = time.Second
	if !errors.Is(err, jobobject.ErrBroken) || s.hadChildren {
		return nil, err
	}
	table, readErr := proctable.Read()
	self, found := table[os.Getpid()]
	if readErr != nil || !found {
		return nil, errors.Join(err, readErr)
	}
	for _, p := range table.Below(self.Pid) {
		if !p.Dead() {
			ended = append(ended, report.Process{PID: p.Pid, Command: proctable.Command(p)})
		}
	}
	slices.SortFunc(ended, func(a, b report.Process) int { return a.PID - b.PID })
	if endErr := proctable.End(patience, self.Identity); endErr != nil {
		return ended, errors.Join(err, endErr)
	}
	return ended, nil
}

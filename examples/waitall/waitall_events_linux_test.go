package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// patience is for what happens at once.
const patience = 20 * time.Second

// startWaiting starts waitall with a shell that ends at once and leaves behind what reads
// from the pipe that is returned.
func startWaiting(t *testing.T, flags ...string) (cmd *exec.Cmd, lines *bufio.Scanner, release func()) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	args := append(flags, "sh", "-c", "cat <&3 & exec 3<&-; echo the shell is done")
	cmd = exec.Command(testkit.Build(t, "."), args...)
	cmd.ExtraFiles = []*os.File{read}
	nonce := testkit.Nonce(t, cmd)
	t.Cleanup(func() { testkit.RequireNone(t, nonce, patience) })
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	return cmd, bufio.NewScanner(out), func() { write.Close() }
}

// requireLines reads until all these have come, in any order.
func requireLines(t *testing.T, lines *bufio.Scanner, want ...string) {
	t.Helper()
	var read []string
	missing := map[string]bool{}
	for _, line := range want {
		missing[line] = true
	}
	for len(missing) > 0 && lines.Scan() {
		read = append(read, lines.Text())
		if lines.Text() == "All done" {
			break
		}
		delete(missing, lines.Text())
	}
	if len(missing) > 0 {
		t.Fatalf("missing: %v in\n%s", missing, strings.Join(read, "\n"))
	}
}

func rest(lines *bufio.Scanner) (read []string) {
	for lines.Scan() {
		read = append(read, lines.Text())
	}
	return read
}

func TestWhatTheCommandLeavesBehindIsWaitedFor(t *testing.T) {
	testkit.NoLeaks(t)
	cmd, lines, release := startWaiting(t)
	requireLines(t, lines, "the shell is done", "Still waiting...")
	release()
	left := rest(lines)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if len(left) == 0 || left[len(left)-1] != "All done" {
		t.Errorf("it ends with %q", left)
	}
}

// The exercise.
func TestSpuriousNotificationsAreNotBelieved(t *testing.T) {
	testkit.NoLeaks(t)
	cmd, lines, release := startWaiting(t, "-spurious")
	var read []string
	forged, foreign := false, false
	for !(forged && foreign) && lines.Scan() {
		line := lines.Text()
		read = append(read, line)
		forged = forged || strings.HasPrefix(line, "Not true: ACTIVE_PROCESS_ZERO although there are ")
		foreign = foreign || line == "Not ours: ACTIVE_PROCESS_ZERO of another job"
	}
	release()
	read = append(read, rest(lines)...)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if !forged || !foreign || read[len(read)-1] != "All done" {
		t.Errorf("it prints\n%s", strings.Join(read, "\n"))
	}
}

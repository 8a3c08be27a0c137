package main

import (
	"bufio"
	"encoding/json"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"jobobject/internal/testkit"
)

// following is job events at work.
type following struct {
	t     testing.TB
	lines chan string
	wait  func() error
	kill  func(syscall.Signal) error
}

func followJobOf(t testing.TB, args ...string) *following {
	t.Helper()
	cmd, _ := jobCommand(t, append([]string{"events"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	f := &following{t: t, lines: make(chan string, 1000), wait: cmd.Wait}
	f.kill = func(sig syscall.Signal) error { return cmd.Process.Signal(sig) }
	go func() {
		defer close(f.lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			f.lines <- scanner.Text()
		}
	}()
	return f
}

// until reads lines until one has all these words, and returns what was read.
func (f *following) until(words ...string) (read []string) {
	f.t.Helper()
	for line := range f.lines {
		read = append(read, line)
		found := true
		for _, word := range words {
			found = found && strings.Contains(line, word)
		}
		if found {
			return read
		}
	}
	f.t.Fatalf("no line has %q:\n%s", words, strings.Join(read, "\n"))
	return nil
}

func (f *following) rest() (read []string) {
	for line := range f.lines {
		read = append(read, line)
	}
	return read
}

func TestTheJobOfAnotherProcessIsFollowedToItsEnd(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, nil, "tree", "2", "2")
	main := r.main()
	f := followJobOf(t, itoa(r.pids[len(r.pids)-1]))

	first := f.until("present", " "+itoa(main)+" ")
	if !strings.Contains(first[0], "begin") || !strings.Contains(first[0], "told by") {
		t.Errorf("the first line is %q", first[0])
	}
	r.signal(syscall.SIGTERM)
	r.end().requireStatus(t, 143)

	rest := strings.Join(append(first, f.rest()...), "\n")
	for _, pid := range append(r.pids, main) {
		if ends := strings.Count(rest, "exit     "+pad(pid)); ends != 1 {
			t.Errorf("%d ends of %d in:\n%s", ends, pid, rest)
		}
	}
	if !strings.HasSuffix(rest, "empty") {
		t.Errorf("the last line is another one:\n%s", rest)
	}
	if err := f.wait(); err != nil {
		t.Error(err)
	}
}

func pad(pid int) string { return "  " + strings.Repeat(" ", 7-len(itoa(pid))) + itoa(pid) + " " }

func TestFollowingEndsWithCtrlCAndLeavesTheJobAlone(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, nil, "sleep")
	main := r.main()
	f := followJobOf(t, "--json", itoa(main))

	read := f.until(`"event":"present"`, `"pid":`+itoa(main))
	for i, line := range read {
		var e told
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Seq != uint64(i+1) {
			t.Errorf("%v: %s", err, line)
		}
	}
	if err := f.kill(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	f.rest()
	if err := f.wait(); err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
	if !testkit.Alive(main) {
		t.Error("the member of the job has ended")
	}
	r.signal(syscall.SIGTERM)
	r.end().requireStatus(t, 143)
}

// The inner job is the one of the process, and what happens around it is not told.
func TestItIsTheInnermostJobThatIsFollowed(t *testing.T) {
	testkit.NoLeaks(t)
	r := startJob(t, nil, jobProgram(t), "run", "--", testkit.Fixture(t), "sleep")
	name := filepath.Base(testkit.Fixture(t))
	inner := 0
	for _, pid := range testkit.WithNonce(r.nonce) {
		if stat, err := testkit.ReadStat(pid); err == nil && stat.Comm == name[:min(15, len(name))] {
			inner = pid
		}
	}
	f := followJobOf(t, itoa(inner))
	f.until("present", itoa(inner))
	r.signal(syscall.SIGTERM)
	r.end().requireStatus(t, 143)
	for _, line := range f.rest() {
		if strings.Contains(line, " job ") {
			t.Errorf("told of the job around it: %s", line)
		}
	}
	if err := f.wait(); err != nil {
		t.Error(err)
	}
}

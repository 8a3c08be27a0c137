package jobobject_test

import (
	"errors"
	"io"
	"os"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// Examples with an output cannot skip, and these need a host that can hold a
// job. So what they print stands in a plain comment, and is checked here.
func TestExamplesPrintWhatTheySay(t *testing.T) {
	testkit.NoLeaks(t)
	requireJobs(t)
	for _, test := range []struct {
		name    string
		example func()
		want    string
	}{
		{"package", Example, "ended with 3 and left behind 1 process\n"},
		{"Terminate", ExampleJob_Terminate, "exit code 7 (killed)\n"},
		{"WaitEmpty", ExampleJob_WaitEmpty, "still at work: 2\n"},
		{"Assign", ExampleJob_Assign, "inside: true\n"},
		{"Suspended", ExampleSuspended, "not yet\nat last\n"},
		{"Accounting", ExampleJob_Accounting, "active: 0\nended by a limit: 0\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := printed(t, test.example); got != test.want {
				t.Errorf("it prints %q, want %q", got, test.want)
			}
		})
	}
}

// requireJobs skips the test where this host holds no jobs.
func requireJobs(t *testing.T) {
	t.Helper()
	job, err := jobobject.Create("")
	if err == nil {
		err = errors.Join(job.Assign(startSleeper(t)), job.Terminate(0), job.Close())
	}
	if errors.Is(err, jobobject.ErrNotSupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func startSleeper(t *testing.T) (pid int) {
	t.Helper()
	sleeper := testkit.FixtureCommand(t, "sleep")
	testkit.StartReady(t, sleeper, nil)
	return sleeper.Process.Pid
}

// printed is what f writes to the standard output. It must fit in a pipe.
func printed(t *testing.T, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	stdout := os.Stdout
	os.Stdout = w
	func() {
		defer func() { os.Stdout = stdout }()
		f()
	}()
	w.Close()
	said, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(said)
}

package jobobject_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// With this in its environment the test binary uses that mechanism, has a job, and
// says which one kept it: a process has one for all its jobs.
const useMechanism = "JOBOBJECT_TEST_USE_MECHANISM"

func TestOneMechanismCanBeUsedAndStays(t *testing.T) {
	if name := os.Getenv(useMechanism); name != "" {
		useAndStay(t, name)
		return
	}
	if _, err := jobobject.Mechanism(); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{jobobject.MechanismCgroup, jobobject.MechanismProctree} {
		t.Run(name, func(t *testing.T) {
			exe, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(exe, "-test.run=^"+strings.Split(t.Name(), "/")[0]+"$", "-test.v")
			// What the program says goes before the variable, whatever that is.
			cmd.Env = append(os.Environ(), useMechanism+"="+name, "JOBOBJECT_MECHANISM=jail")
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "kept by "+name+"\n") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func useAndStay(t *testing.T, name string) {
	testkit.NoLeaks(t)
	if err := jobobject.UseMechanism(name); err != nil {
		t.Fatal(err)
	}
	job, err := jobobject.Create("", jobobject.WithLimits(jobobject.Limits{KillOnClose: true}))
	if err != nil {
		t.Fatal(err)
	}
	process, err := job.Start(exec.Command("sh", "-c", "exit 7"))
	if err != nil {
		t.Fatal(err)
	}
	if status, err := process.Wait(); err != nil || status.ExitCode() != 7 {
		t.Errorf("ended with %v, error %v", status, err)
	}
	if err := job.Close(); err != nil {
		t.Error(err)
	}
	if got, err := jobobject.Mechanism(); err != nil || got != name {
		t.Errorf("the mechanism is %s, error %v", got, err)
	}
	for _, other := range []string{jobobject.MechanismCgroup, jobobject.MechanismProctree} {
		if err := jobobject.UseMechanism(other); (err == nil) != (other == name) {
			t.Errorf("afterwards, to use %s: %v", other, err)
		}
	}
	if err := jobobject.UseMechanism("jail"); err == nil || !strings.Contains(err.Error(), "auto, cgroup, proctree") {
		t.Errorf("to use what there is not: %v", err)
	}
	os.Stdout.WriteString("kept by " + name + "\n")
}

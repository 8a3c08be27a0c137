package supervisor

import (
	"os/exec"
	"testing"
)

// What it costs to start and wait for the command that does nothing: to be compared with
// BenchmarkExec, and built without the race detector.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		cmd := exec.Command("/bin/true")
		c, err := Start(cmd, Spec{KillOnClose: true})
		if err != nil {
			b.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			b.Fatal(err)
		}
		_ = c
	}
}

// The same until the command has been started.
func BenchmarkStartAlone(b *testing.B) {
	for b.Loop() {
		cmd := exec.Command("/bin/true")
		c, err := Start(cmd, Spec{KillOnClose: true})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		_ = cmd.Wait()
		<-c.Tree().Done()
		b.StartTimer()
	}
}

func BenchmarkExec(b *testing.B) {
	for b.Loop() {
		if err := exec.Command("/bin/true").Run(); err != nil {
			b.Fatal(err)
		}
	}
}

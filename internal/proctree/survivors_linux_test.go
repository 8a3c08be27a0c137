package proctree

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"jobobject/internal/testkit"
)

// C48: who is root entirely cannot be ended by nobody.
func TestSetUserIDSurvivorsAreNamed(t *testing.T) {
	testkit.NoLeaks(t)
	program := testkit.SetuidFixture(t)
	own := filepath.Join(filepath.Dir(program), "test")
	exe, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(own, exe, 0o755))

	cmd := exec.Command(own, cantVerb, program, "setuid-root")
	nonce := testkit.Nonce(t, cmd)
	testkit.AsNobody(t, cmd)
	goAhead, err := cmd.StdinPipe()
	must(t, err)
	out := testkit.Start(t, cmd, nil)
	out.AwaitReady(t)
	_, _ = io.WriteString(goAhead, "\n")
	text := strings.Join(out.Await(t, soon, "over"), "\n")
	if !strings.Contains(text, "setuid-root") || !strings.Contains(text, "another user") {
		t.Errorf("the error is: %s", text)
	}
	alive := 0
	for _, pid := range testkit.WithNonce(nonce) {
		if line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline"); err == nil && strings.Contains(string(line), "setuid-root") && !strings.Contains(string(line), cantVerb) && !strings.HasPrefix(string(line), "jobobject-") {
			alive++
		}
	}
	if alive != 1 {
		t.Errorf("%d are alive", alive)
	}
	for _, pid := range testkit.WithNonce(nonce) {
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Kill()
		}
	}
}

package sentry

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestTheProgramsAreWhatTheSourcesSay(t *testing.T) {
	for _, tool := range []string{"clang-14", "ld.lld-14"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("cannot assemble the sentry again (Debian packages clang-14 and lld-14): %v", err)
		}
	}
	dir := t.TempDir()
	if out, err := exec.Command("./build.sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("assemble the sentry: %v\n%s", err, out)
	}
	for _, name := range []string{"sentry_amd64", "sentry_arm64"} {
		committed, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if built, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(built, committed) {
			t.Errorf("%s is not what its source makes (%v): run go generate ./internal/guard/sentry", name, err)
		}
	}
}

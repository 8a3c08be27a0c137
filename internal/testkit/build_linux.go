package testkit

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// Build builds the program of a package and returns its path, which lasts as long
// as the test.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if output, err := exec.Command("go", "build", "-o", path, pkg).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, output)
	}
	return path
}

package bpf

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestTheObjectIsMadeFromTheseSources(t *testing.T) {
	for _, tool := range []string{"clang-14", "llvm-strip-14"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is missing (Debian packages clang-14 and llvm-14)", tool)
		}
	}
	fresh := filepath.Join(t.TempDir(), "trace.bpf.o")
	if out, err := exec.Command("./compile", fresh).CombinedOutput(); err != nil {
		t.Fatalf("compile: %v\n%s", err, out)
	}
	want, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("trace.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("trace.bpf.o was made from other sources; run go generate ./internal/trace/bpf")
	}
}

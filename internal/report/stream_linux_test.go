package report

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAStreamEmptiesAFileAndGoesOnWhereADescriptorStands(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "events")
	write(t, path, "something longer than the new content", 0o640)
	inherited, err := os.Create(filepath.Join(dir, "inherited"))
	if err != nil {
		t.Fatal(err)
	}
	defer inherited.Close()
	if _, err := unix.FcntlInt(inherited.Fd(), unix.F_SETFD, 0); err != nil {
		t.Fatal(err) // as if it had been inherited
	}
	fmt.Fprintln(inherited, "before")

	for _, to := range []string{path, fmt.Sprintf("/dev/fd/%d", inherited.Fd())} {
		stream, err := OpenStream(to)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"one\n", "two\n"} {
			if _, err := io.WriteString(stream, line); err != nil {
				t.Fatal(err)
			}
		}
		if err := stream.Close(); err != nil {
			t.Fatal(err)
		}
	}

	requireContent(t, path, "one\ntwo\n")
	requireMode(t, path, 0o640)
	requireContent(t, inherited.Name(), "before\none\ntwo\n")
}

func TestAStreamThatCannotBeWrittenIsRefused(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"", dir, filepath.Join(dir, "no", "such", "file")} {
		if stream, err := OpenStream(path); err == nil {
			t.Errorf("%q was opened as %s", path, stream.Name())
		}
	}
}

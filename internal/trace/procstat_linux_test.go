package trace

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

func TestStatIsParsedWhateverTheNameIs(t *testing.T) {
	const numbers = "S 11 0 0 0 0 0 10 0 12 0 140 150 0 0 0 0 4 0 2200 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 2304"
	for _, name := range []string{"sh", "a b", "(sd-pam)", ") R 1 ("} {
		got, err := parseStat([]byte("7 (" + name + ") " + numbers + "\n"))
		want := procStat{
			command: name, state: 'S', parent: 11, threads: 4, start: 22 * time.Second,
			user: 1400 * time.Millisecond, system: 1500 * time.Millisecond, minor: 10, major: 12, status: 9 << 8,
		}
		if err != nil || got != want {
			t.Errorf("parsed %+v, %v; want %+v", got, err, want)
		}
	}
	for _, text := range []string{"", "7 (sh", "7 (sh) S 1 2", "7 (sh) " + strings.Replace(numbers, "2200", "x", 1)} {
		if _, err := parseStat([]byte(text)); !errors.Is(err, errNoStat) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestTheOwnStatIsRight(t *testing.T) {
	stat, err := readStat(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if stat.parent != os.Getppid() || stat.over() || stat.start > now() || stat.threads < 2 {
		t.Errorf("it says %+v", stat)
	}
}

func TestTheStatusOfAProcessThatIsGoneIsAsked(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "read line; exit 5")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fd := openPidfd(t, cmd.Process.Pid)
	in.Close()
	_ = cmd.Wait()
	testkit.Within(t, patience, "the pidfd of the dead", func() bool { return readable(fd) })
	status, known := exitStatusOf(fd)
	if !known {
		t.Skip("the kernel does not keep it (Linux 6.15)")
	}
	if status.Code() != 5 {
		t.Errorf("it is %#x", status)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("7 (sh) S 1 2 3"))
	f.Fuzz(func(t *testing.T, text []byte) { _, _ = parseStat(text) })
}

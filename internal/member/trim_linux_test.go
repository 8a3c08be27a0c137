package member

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
)

// What has a file can be paged out without swap, so that this shows everywhere that
// it works.
func TestAProcessIsTrimmedToItsMaximum(t *testing.T) {
	testkit.NoLeaks(t)
	const size, excess = 64 << 20, 24 << 20
	if !holdsCapability(unix.CAP_SYS_NICE) {
		t.Skip("CAP_SYS_NICE is missing")
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "mapped"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range size >> 20 {
		if _, err := f.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	mapped, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(mapped) }()
	var sum byte
	for i := 0; i < size; i += int(pageSize) {
		sum += mapped[i]
	}
	before, err := residentOf(os.Getpid())
	if err != nil || before < size || sum != 0 {
		t.Fatalf("%d bytes are resident, %v", before, err)
	}
	// In our own memory: what else we have and can do without comes first.
	most := before - excess
	if err := host.Trim(os.Getpid(), most/2, most); err != nil {
		t.Fatal(err)
	}
	after, err := residentOf(os.Getpid())
	if err != nil || after > most+1<<20 || after < most/2 {
		t.Errorf("of %d bytes %d are resident, want %d; %v", before, after, most, err)
	}
	if err := host.Trim(os.Getpid(), 1, before); err != nil { // nothing to do
		t.Error(err)
	}
}

func TestWhoHasEndedIsNotTrimmed(t *testing.T) {
	if err := host.Trim(1<<22+1, 1, 2); !errors.Is(err, kernel.ErrProcessExited) {
		t.Errorf("of a process that there is not: %v", err)
	}
}

// LIM-06, and F1: a host without swap.
func TestWhatCannotBePagedOutIsSaidToBeSoWithARemedy(t *testing.T) {
	err := host.CanTrim()
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil && info.Totalswap > 0 && holdsCapability(unix.CAP_SYS_NICE) {
		if err != nil {
			t.Error(err)
		}
		return
	}
	var unsupported *kernel.NotSupportedError
	if !errors.As(err, &unsupported) || unsupported.Feature != "MaxWorkingSet" || unsupported.Remedy == "" {
		t.Errorf("it says %v", err)
	}
}

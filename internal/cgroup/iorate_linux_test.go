package cgroup

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/member"
	"jobobject/internal/testkit"
)

// onDisk is a file for I/O past the cache, and the disk that it is on.
func onDisk(t *testing.T) (file, disk string) {
	t.Helper()
	const size = 1 << 20
	file = os.Getenv("JOBOBJECT_DISK") // a disk of the tests alone
	if file == "" {
		file = filepath.Join(t.TempDir(), "file")
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Write(make([]byte, size))
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil { // so that a read has to write nothing back
			t.Fatal(err)
		}
	}
	at := file
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
		at = filepath.Dir(file)
	}
	disk, err := diskOf(at)
	if err != nil {
		t.Skipf("there is no disk below %s: %v", at, err)
	}
	return file, disk
}

// ratesOf are those that the kernel has of a group.
func ratesOf(t *testing.T, g *Group) map[string]kernel.IORate {
	t.Helper()
	dir, files := g.dir, ioFilesV2()
	if s := g.shadow("blkio"); s != nil {
		dir, files = s.dir, ioFilesV1()
	}
	rates, err := files.read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return rates
}

// measured does I/O in the group for a while.
func measured(t *testing.T, g *Group, file, how string, block int) (perSecond float64) {
	t.Helper()
	cmd := testkit.FixtureCommand(t, "direct-io", file, how, fmt.Sprint(block), "2s")
	out := testkit.Start(t, cmd, func() error { return startIn(t, g, cmd) })
	out.AwaitReady(t)
	select {
	case <-out.Done():
	case <-time.After(time.Minute):
		t.Fatal("the fixture does not come to its end")
	}
	var n int
	var in string
	lines := out.Lines()
	if _, err := fmt.Sscanf(lines[len(lines)-1], "%d in %s", &n, &in); err != nil {
		t.Fatalf("the fixture says %q: %v", lines, err)
	}
	d, err := time.ParseDuration(in)
	if err != nil {
		t.Fatal(err)
	}
	return float64(n) / d.Seconds()
}

// IOR-02, both directions by themselves.
func TestIOR02_what_members_read_and_write_in_a_second_is_bounded(t *testing.T) {
	const bytes, operations, block = 1 << 20, 50, 32 << 10
	for name, c := range map[string]struct {
		rate kernel.IORate
		how  string
		want float64 // operations a second
	}{
		"bytes read":         {kernel.IORate{ReadBytes: bytes}, "read", bytes / block},
		"bytes written":      {kernel.IORate{WriteBytes: bytes}, "write", bytes / block},
		"reads":              {kernel.IORate{ReadOperations: operations}, "read", operations},
		"writes":             {kernel.IORate{WriteOperations: operations}, "write", operations},
		"the first reached":  {kernel.IORate{ReadBytes: bytes, ReadOperations: 20}, "read", 20},
		"the other is other": {kernel.IORate{ReadBytes: 4096, WriteBytes: bytes}, "write", bytes / block},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			file, disk := onDisk(t)
			c.rate.Device = device(disk)
			g := held(t, group.Limits{IO: c.rate})
			if got := measured(t, g, file, c.how, block); got < 0.8*c.want || got > 1.2*c.want {
				t.Errorf("%.1f operations of %d bytes a second, want %.1f", got, block, c.want)
			} else {
				t.Logf("%.1f operations of %d bytes a second, want %.1f", got, block, c.want)
			}
		})
	}
}

// device finds the file of a disk.
func device(disk string) string {
	dir, _ := filepath.EvalSymlinks(filepath.Join(disksByNumber, disk))
	return "/dev/" + filepath.Base(dir)
}

func TestIOR04_a_rate_without_a_device_is_one_for_each_disk(t *testing.T) {
	testkit.NoLeaks(t)
	file, disk := onDisk(t)
	rate := kernel.IORate{WriteBytes: 1 << 20}
	g := held(t, group.Limits{IO: rate})
	all, err := allDisks()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]kernel.IORate{}
	for _, disk := range all {
		want[disk] = rate
	}
	if got := ratesOf(t, g); !maps.Equal(got, want) || want[disk] != rate {
		t.Errorf("rates are %v, want %v, with %s", got, want, disk)
	}
	if got := measured(t, g, file, "write", 32<<10); got > 1.2*32 {
		t.Errorf("%.1f writes a second, want 32", got)
	}
}

func TestARateOfIOIsReplacedAndDropped(t *testing.T) {
	testkit.NoLeaks(t)
	_, disk := onDisk(t)
	g := held(t, group.Limits{IO: kernel.IORate{ReadBytes: 4096, WriteOperations: 7}})
	other := kernel.IORate{Device: device(disk), WriteBytes: 8192}
	if err := g.Hold(group.Limits{IO: other}); err != nil {
		t.Fatal(err)
	}
	// The others that there may be have none any more.
	if got := ratesOf(t, g); len(got) != 1 || got[disk] != (kernel.IORate{WriteBytes: 8192}) {
		t.Errorf("rates are %v", got)
	}
	other.Device = os.DevNull
	if err := g.Hold(group.Limits{IO: other}); err == nil {
		t.Error("it is held to a rate of what is no disk")
	}
	if got := ratesOf(t, g); len(got) != 1 || got[disk] != (kernel.IORate{WriteBytes: 8192}) {
		t.Errorf("after a change that failed the rates are %v", got)
	}
	if err := g.Hold(group.Limits{}); err != nil {
		t.Fatal(err)
	}
	if got := ratesOf(t, g); len(got) != 0 {
		t.Errorf("rates are %v, want none", got)
	}
}

// A member that waits for its turn is asleep in the kernel, and does not hear that
// it is killed.
func TestAMemberThatWaitsForItsTurnAtADiskIsEnded(t *testing.T) {
	testkit.NoLeaks(t)
	file, disk := onDisk(t)
	rate := kernel.IORate{Device: device(disk), ReadBytes: 1024}
	outer := newGroup(t, group.State{})
	requireHands(t, group.Limits{IO: rate})
	g := madeGroup(t, planned(t, outer.groups, outer.Place()), group.State{})
	if err := g.Hold(group.Limits{IO: rate}); err != nil {
		t.Fatal(err)
	}
	main, _ := joined(t, g, "direct-io", file, "read", fmt.Sprint(1<<20), "1s") // which takes a quarter of an hour
	testkit.Within(t, soon, "the member waits", func() bool { return member.State(main) == "uninterruptible sleep, or frozen by a v1 freezer" })
	if err := outer.End(soon, notStarting); err != nil {
		t.Fatal(err)
	}
	if err := g.Renew(); err != nil {
		t.Fatal(err)
	}
	rate.Device = ""
	if got := ratesOf(t, g); got[disk] != rate {
		t.Errorf("with new members to come the rates are %v", got)
	}
}

// v1 does not hold them, and it is not said that it does.
func TestAGroupWithOneBelowThatHasADirectoryOfItsOwnIsNotHeldToARateInV1(t *testing.T) {
	testkit.NoLeaks(t)
	_, disk := onDisk(t)
	limits := group.Limits{IO: kernel.IORate{Device: device(disk), ReadBytes: 4096}}
	outer := held(t, limits)
	inner := madeGroup(t, planned(t, outer.groups, outer.Place()), group.State{})
	for _, step := range []struct {
		g *Group
		l group.Limits
	}{{outer, group.Limits{}}, {inner, limits}, {inner, group.Limits{}}} {
		if err := step.g.Hold(step.l); err != nil {
			t.Fatal(err)
		}
	}
	err := outer.Hold(limits)
	if outer.shadow("blkio") == nil {
		if err != nil {
			t.Fatal(err)
		}
		t.Skip("cgroup v2 has the controller, which holds groups below too")
	}
	if err == nil {
		t.Error("it is held to a rate that the members of the inner one do not have")
	}
}

func TestADeviceIsADiskOrOnOne(t *testing.T) {
	_, disk := onDisk(t)
	if got, err := disksOf(device(disk)); err != nil || !cmp.Equal(got, []string{disk}) {
		t.Errorf("%s is on %v, %v; want %s", device(disk), got, err, disk)
	}
	for _, name := range []string{os.DevNull, "/no/such/device", "/proc", "/proc/self/stat"} {
		if err := checkIO(group.Limits{IO: kernel.IORate{Device: name}}, false); !errors.Is(err, kernel.ErrInvalidLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMemoryThatLooksLikeADiskIsNone(t *testing.T) {
	for name, want := range map[string]bool{"ram0": true, "zram12": true, "sda": false, "nvme0n1": false, "rama": false} {
		if isMemory(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

func TestWhatTheKernelHasOfRatesIsRead(t *testing.T) {
	got := parseIOMax("8:0 rbps=1 wbps=max riops=3 wiops=max\n259:1 rbps=max wbps=max riops=max wiops=4\n\n")
	want := map[string]kernel.IORate{"8:0": {ReadBytes: 1, ReadOperations: 3}, "259:1": {WriteOperations: 4}}
	if !cmp.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

package probe

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// nothingLeft looks for trial groups and children. Another run on the machine
// may have groups of its own at this moment, so it waits for them to go.
func nothingLeft(report Report) error {
	if _, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); !errors.Is(err, unix.ECHILD) {
		return fmt.Errorf("a child is left, or cannot be looked for: %v", err)
	}
	dirs := []string{report.Host.Cgroups.OwnDirectory}
	for _, v1 := range report.Host.Cgroups.V1 {
		dirs = append(dirs, v1.OwnDirectory)
	}
	var left []string
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); {
		if left = trialGroupsIn(dirs); len(left) == 0 {
			return nil
		}
	}
	return fmt.Errorf("trial groups are left: %v", left)
}

func trialGroupsIn(dirs []string) []string {
	var left []string
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // not mounted here
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), "jobprobe-") {
				left = append(left, dir+"/"+e.Name())
			}
		}
	}
	return left
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

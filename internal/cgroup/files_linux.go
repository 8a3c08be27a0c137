package cgroup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
)

// writeFile writes to a file that the kernel made; it never creates one.
func writeFile(path, value string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// gone tells that a directory, or what was in it, has been removed meanwhile:
// files of a removed cgroup answer ENODEV.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV)
}

// subdirs lists the cgroups right below one.
func subdirs(dir string) ([]string, error) {
	entries, err := readDir(dir)
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, entry := range entries {
		if entry.IsDir() {
			dirs = append(dirs, filepath.Join(dir, entry.Name()))
		}
	}
	return dirs, nil
}

// readDir takes back the permissions that a member may have taken away from a
// cgroup of its own making.
func readDir(dir string) ([]os.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrPermission) && os.Chmod(dir, 0o755) == nil {
		return os.ReadDir(dir)
	}
	return entries, err
}

// readState reads what a group carries with it. No attribute is the zero state.
func readState(dir string) (group.State, error) {
	words := make([]byte, 256)
	n, err := unix.Getxattr(dir, stateAttribute, words)
	switch {
	case errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOTSUP):
		return group.State{}, nil
	case err != nil:
		return group.State{}, &os.PathError{Op: "getxattr", Path: dir, Err: err}
	}
	var state group.State
	for word := range strings.FieldsSeq(string(words[:n])) {
		switch word {
		case "kill-on-close":
			state.KillOnClose = true
		case "breakaway-ok":
			state.BreakawayOK = true
		case "silent-breakaway-ok":
			state.SilentBreakawayOK = true
		}
	}
	return state, nil
}

func writeState(dir string, state group.State) error {
	words := []string{"1"} // the version, and never an empty value
	for word, set := range map[string]bool{
		"kill-on-close":       state.KillOnClose,
		"breakaway-ok":        state.BreakawayOK,
		"silent-breakaway-ok": state.SilentBreakawayOK,
	} {
		if set {
			words = append(words, word)
		}
	}
	if err := unix.Setxattr(dir, stateAttribute, []byte(strings.Join(words, " ")), 0); err != nil {
		return &os.PathError{Op: "setxattr " + stateAttribute, Path: dir, Err: err}
	}
	return nil
}

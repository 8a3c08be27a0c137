package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/member"
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

// readDir lists a directory, and readOwn reads a file of it, also where a member
// that runs as this user has taken the permissions away from a cgroup of its own
// making.
func readDir(dir string) ([]os.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrPermission) && os.Chmod(dir, 0o755) == nil {
		return os.ReadDir(dir)
	}
	return entries, err
}

func readOwn(dir, name string) ([]byte, error) {
	path := filepath.Join(dir, name)
	content, err := member.ReadMadeUp(path)
	if errors.Is(err, fs.ErrPermission) && os.Chmod(dir, 0o755) == nil && os.Chmod(path, 0o644) == nil {
		return member.ReadMadeUp(path)
	}
	return content, err
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
	return stateOfWords(string(words[:n])), nil
}

func writeState(dir string, state group.State) error {
	if err := unix.Setxattr(dir, stateAttribute, []byte(wordsOf(state)), 0); err != nil {
		return &os.PathError{Op: "setxattr " + stateAttribute, Path: dir, Err: err}
	}
	return nil
}

// wordsOf begins with the version, so that the value is never empty.
func wordsOf(state group.State) string {
	words := "1"
	for _, flag := range flagsOf(&state) {
		if *flag.set {
			words += " " + flag.word
		}
	}
	if state.Priority != 0 {
		words += fmt.Sprintf(" %s%d", priorityWord, state.Priority)
	}
	return words
}

// stateOfWords passes over words it does not know: those of a later version.
func stateOfWords(words string) (state group.State) {
	for _, flag := range flagsOf(&state) {
		*flag.set = slices.Contains(strings.Fields(words), flag.word)
	}
	for word := range strings.FieldsSeq(words) {
		if class, found := strings.CutPrefix(word, priorityWord); found {
			number, _ := strconv.ParseUint(class, 10, 32) // one of a later version is none
			state.Priority = kernel.PriorityClass(number)
		}
	}
	return state
}

const priorityWord = "priority="

type stateFlag struct {
	word string
	set  *bool
}

func flagsOf(state *group.State) []stateFlag {
	return []stateFlag{
		{"kill-on-close", &state.KillOnClose},
		{"breakaway-ok", &state.BreakawayOK},
		{"silent-breakaway-ok", &state.SilentBreakawayOK},
	}
}

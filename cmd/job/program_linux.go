package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	exitCannotExecute = 126
	exitNotFound      = 127
)

// findProgram finds what would be executed for a name, as execvp(3) does, so that
// nothing is made for a command that cannot start.
func findProgram(name string) (path string, err error) {
	if strings.Contains(name, "/") {
		return name, explain(name, executable(name))
	}
	if name == "" {
		return "", &startError{exitNotFound, errors.New("the name of the command is empty")}
	}
	path, err = name, fs.ErrNotExist
	for _, dir := range filepath.SplitList(searchPath()) {
		if dir == "" {
			dir = "."
		}
		candidate := dir + "/" + name
		switch found := executable(candidate); {
		case found == nil:
			return candidate, nil
		case !errors.Is(found, fs.ErrNotExist) && errors.Is(err, fs.ErrNotExist):
			path, err = candidate, found // the best so far, while a later one may do
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "", &startError{exitNotFound, fmt.Errorf("command %q not found in PATH; check the name, or give a path with a slash", name)}
	}
	return "", explain(path, err)
}

// searchPath is what the C library takes where there is no PATH.
func searchPath() string {
	if path, set := os.LookupEnv("PATH"); set {
		return path
	}
	return "/bin:/usr/bin"
}

var errIsDirectory = errors.New("is a directory")

func executable(path string) error {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		if errors.Is(err, unix.ENOTDIR) {
			return fs.ErrNotExist
		}
		return err
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		return errIsDirectory
	}
	return unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS)
}

// explain turns the refusal of a file into what a person can act on.
func explain(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return &startError{exitNotFound, fmt.Errorf("command %q not found: no such file; check the path", path)}
	case errors.Is(err, errIsDirectory):
		return &startError{exitCannotExecute, fmt.Errorf("cannot execute %q: it is a directory; name the program in it", path)}
	case errors.Is(err, fs.ErrPermission):
		return &startError{exitCannotExecute, fmt.Errorf("cannot execute %q: %w; chmod +x makes a file executable", path, err)}
	default:
		return &startError{exitCannotExecute, fmt.Errorf("cannot execute %q: %w", path, err)}
	}
}

// explainStart is for a program that was found, and that the kernel would not
// take nevertheless.
func explainStart(path string, err error) error {
	var failed *fs.PathError
	if !errors.As(err, &failed) || failed.Path != path {
		return err // it was not about the program
	}
	advice := ""
	switch {
	case errors.Is(err, unix.ENOEXEC):
		advice = "it is no program and does not begin with #!; run it with its interpreter, as in `job run -- sh FILE`"
	case errors.Is(err, fs.ErrNotExist):
		advice = "the interpreter or loader that it names does not exist"
	case errors.Is(err, unix.E2BIG):
		advice = "its arguments and environment are too long"
	case errors.Is(err, unix.ETXTBSY):
		advice = "somebody has it open for writing"
	case errors.Is(err, fs.ErrPermission):
		advice = "its interpreter may not be executed, or its file system is mounted noexec"
	case errors.Is(err, unix.ELIBBAD), errors.Is(err, unix.EISDIR), errors.Is(err, unix.ENOTDIR),
		errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENAMETOOLONG), errors.Is(err, unix.EINVAL):
	default:
		return err // EAGAIN, ENOMEM and the like are troubles of the system
	}
	err = fmt.Errorf("cannot execute %q: %w", path, failed.Err)
	if advice != "" {
		err = fmt.Errorf("%w: %s", err, advice)
	}
	return &startError{exitCannotExecute, err}
}

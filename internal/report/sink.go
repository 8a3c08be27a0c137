package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Sink is a place for one report. Whether it can be written has been found out
// when it was opened.
type Sink struct {
	path string // links resolved; empty for an inherited descriptor
	// open is what is written to directly. It is nil for a file that is replaced
	// as a whole.
	open *os.File
}

// Open finds out what path is and whether it can be written, and leaves it as it
// is. A named pipe is waited for until somebody reads it, as a shell does.
func Open(path string) (*Sink, error) {
	inherited, target, err := locate(path)
	switch {
	case err != nil:
		return nil, err
	case inherited != nil:
		return &Sink{open: inherited}, nil
	}
	return openTarget(target)
}

// locate finds the inherited descriptor that path leads to, or the file.
func locate(path string) (inherited *os.File, target string, err error) {
	if path == "" {
		return nil, "", errors.New("the name of the file is empty")
	}
	fd, target, err := resolve(path)
	if err == nil && fd >= 0 {
		inherited, err = duplicate(fd, path)
	}
	return inherited, target, err
}

func openTarget(target string) (*Sink, error) {
	info, err := os.Stat(target)
	if errors.Is(err, fs.ErrNotExist) {
		if err := tryDirectory(target); err != nil {
			return nil, err
		}
		return &Sink{path: target}, nil
	}
	if err != nil {
		return nil, err
	}
	open, err := os.OpenFile(target, os.O_WRONLY|notControlling, 0)
	if err != nil {
		return nil, err // a directory is among these
	}
	if info.Mode().IsRegular() && tryDirectory(target) == nil {
		return &Sink{path: target}, open.Close()
	}
	return &Sink{path: target, open: open}, nil
}

// tryDirectory finds out whether a file can be put beside that one.
func tryDirectory(path string) error {
	fresh, err := create(path, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(fresh.Close(), os.Remove(fresh.Name()))
}

// create makes a file beside the one that it is to take the place of.
func create(path string, mode fs.FileMode) (*os.File, error) {
	const tries = 100
	dir := filepath.Dir(path)
	for i := range tries {
		// Not made from the name of the file, which may be as long as names can be.
		name := filepath.Join(dir, fmt.Sprintf(".job-report-%d-%d", os.Getpid(), i))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return nil, fmt.Errorf("no name is free in %s", dir)
}

// Write puts the report there, and gives up the sink.
func (s *Sink) Write(content []byte) error {
	if s.open == nil {
		err := s.replace(content)
		if err == nil {
			return nil
		}
		// A file that may not be replaced (another owner's, in a directory such
		// as /tmp) can still be written.
		open, openErr := os.OpenFile(s.path, os.O_WRONLY|notControlling, 0)
		if openErr != nil {
			return err
		}
		s.open = open
	}
	return s.overwrite(content)
}

func (s *Sink) replace(content []byte) (err error) {
	fresh, err := create(s.path, 0o666) // and the umask
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(fresh.Name())
		}
	}()
	_, err = fresh.Write(content)
	if present, statErr := os.Stat(s.path); statErr == nil {
		err = errors.Join(err, fresh.Chmod(present.Mode().Perm()))
	}
	if err = errors.Join(err, fresh.Close()); err != nil {
		return err
	}
	return os.Rename(fresh.Name(), s.path)
}

// overwrite appends where an inherited descriptor stands: the command may have
// written there before. Any other file is emptied.
func (s *Sink) overwrite(content []byte) error {
	info, err := s.open.Stat()
	if err == nil && info.Mode().IsRegular() && s.path != "" {
		err = s.open.Truncate(0)
	}
	if err == nil {
		_, err = s.open.Write(content)
	}
	return errors.Join(err, s.open.Close())
}

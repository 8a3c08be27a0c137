package report

import (
	"errors"
	"os"
)

// OpenStream opens path for what is written bit by bit, by the rules of Open: an
// inherited descriptor goes on where it stands, a named pipe waits for its
// reader. Any other file is emptied.
func OpenStream(path string) (*os.File, error) {
	if path == "" {
		return nil, errors.New("the name of the file is empty")
	}
	fd, target, err := resolve(path)
	if err != nil {
		return nil, err
	}
	if fd >= 0 {
		return duplicate(fd, path)
	}
	return os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|notControlling, 0o666)
}

package report

import "os"

// OpenStream opens path for what is written bit by bit, by the rules of Open: an
// inherited descriptor goes on where it stands, a named pipe waits for its
// reader. Any other file is emptied.
func OpenStream(path string) (*os.File, error) {
	inherited, target, err := locate(path)
	if err != nil || inherited != nil {
		return inherited, err
	}
	return os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|notControlling, 0o666)
}

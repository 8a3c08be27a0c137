package member

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// ReadMadeUp reads a file that the kernel makes up when it is read. os.ReadFile would
// have each of them watched for being readable, which they always are, and that costs
// several times as much as to read it.
func ReadMadeUp(path string) ([]byte, error) {
	fd, err := ignoringEINTR(func() (int, error) { return unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	content := make([]byte, 0, 1024)
	for {
		n, err := ignoringEINTR(func() (int, error) { return unix.Read(fd, content[len(content):cap(content)]) })
		if err != nil {
			return nil, &os.PathError{Op: "read", Path: path, Err: err}
		}
		if n == 0 {
			return content, nil
		}
		if content = content[:len(content)+n]; len(content) == cap(content) {
			content = append(make([]byte, 0, 4*cap(content)), content...)
		}
	}
}

func ignoringEINTR(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

package testkit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Fixture is the path of the fixture program, which any user may run. It is
// built when its sources have changed since the last time on this machine;
// JOBOBJECT_FIXTURE names one that was built elsewhere.
func Fixture(t testing.TB) string {
	t.Helper()
	path, err := fixturePath()
	if err != nil {
		t.Fatalf("provide the fixture program: %v", err)
	}
	return path
}

// FixtureCommand is a command that runs a verb of the fixture.
func FixtureCommand(t testing.TB, verbAndArgs ...string) *exec.Cmd {
	t.Helper()
	return exec.Command(Fixture(t), verbAndArgs...)
}

// SetuidFixture is a copy of the fixture that runs as root whoever starts it.
// It skips the test where only root could make one and the test is not root.
func SetuidFixture(t testing.TB) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make a set-user-ID root program")
	}
	program, err := os.ReadFile(Fixture(t))
	if err != nil {
		t.Fatalf("read the fixture: %v", err)
	}
	// Not t.TempDir: others may not enter that.
	dir, err := os.MkdirTemp("", "setuid-fixture-")
	if err != nil {
		t.Fatalf("make a directory: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "fixture")
	// A child forked meanwhile would hold the file open for writing for a
	// moment, and an exec of it would fail with ETXTBSY.
	syscall.ForkLock.RLock()
	err = os.WriteFile(path, program, 0o755)
	syscall.ForkLock.RUnlock()
	err = errors.Join(err, os.Chmod(dir, 0o755), os.Chmod(path, 0o755|fs.ModeSetuid))
	if err != nil {
		t.Fatalf("copy the fixture: %v", err)
	}
	return path
}

var fixturePath = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("JOBOBJECT_FIXTURE"); path != "" {
		path, err := filepath.Abs(path)
		if err != nil {
			return "", fmt.Errorf("JOBOBJECT_FIXTURE: %w", err)
		}
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("JOBOBJECT_FIXTURE: %w", err)
		}
		return path, nil
	}
	root, err := moduleRoot()
	if err != nil {
		return "", fmt.Errorf("%w; set JOBOBJECT_FIXTURE to a fixture built elsewhere", err)
	}
	key, err := fixtureKey(root)
	if err != nil {
		return "", fmt.Errorf("hash the sources: %w", err)
	}
	dir, err := cacheDir()
	if err != nil {
		return "", fmt.Errorf("find a place for the program: %w", err)
	}
	path := filepath.Join(dir, "fixture-"+key)
	unlock, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, buildFixture(root, path)
})

// buildFixture makes the program appear at path whole or not at all.
func buildFixture(root, path string) error {
	fresh := fmt.Sprintf("%s.%d", path, os.Getpid())
	defer os.Remove(fresh) // there only after an error
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w"+entryFlag(), "-o", fresh, "./internal/fixture")
	build.Dir = root
	build.Env = append(build.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+runtime.GOARCH)
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the fixture: %w\n%s", err, output)
	}
	if err := os.Chmod(fresh, 0o755); err != nil { // whatever the umask says
		return err
	}
	return os.Rename(fresh, path)
}

// entryFlag makes the fixture look at what it inherited before the Go runtime
// does, on the machines for which it has the assembly.
func entryFlag() string {
	switch runtime.GOARCH {
	case "amd64", "arm64":
		return " -E main.entry"
	}
	return ""
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd() // go test runs a test in its package's directory
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if content, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil &&
			strings.HasPrefix(string(content), "module jobobject\n") {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("the working directory is not in the sources of module jobobject")
		}
	}
}

// fixtureKey names what the program is made from.
func fixtureKey(root string) (string, error) {
	hash := sha256.New()
	fmt.Fprintln(hash, runtime.Version(), runtime.GOARCH, entryFlag())
	add := func(path string) error {
		content, err := os.ReadFile(path)
		fmt.Fprintln(hash, strings.TrimPrefix(path, root), len(content))
		hash.Write(content)
		return err
	}
	if err := add(filepath.Join(root, "go.sum")); err != nil {
		return "", err
	}
	err := filepath.WalkDir(filepath.Join(root, "internal", "fixture"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		return add(path)
	})
	return hex.EncodeToString(hash.Sum(nil)[:8]), err
}

// cacheDir is a directory that every user may enter and only this one write to.
func cacheDir() (string, error) {
	if base, err := os.UserCacheDir(); err == nil && enterable(base) {
		dir := filepath.Join(base, "jobobject-test")
		if err := privateDir(dir); err == nil {
			return dir, nil
		}
	}
	// Root's own cache is closed to others, and a test user may have no home.
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("jobobject-test-%d", os.Geteuid()))
	return dir, privateDir(dir)
}

func enterable(dir string) bool {
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err == nil && info.Mode()&0o001 == 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// privateDir makes the directory, or makes sure that the one that is there was
// not put there by somebody else.
func privateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t).Uid
	if !info.IsDir() || int(owner) != os.Geteuid() || info.Mode()&0o022 != 0 {
		return fmt.Errorf("%s is not a directory that only uid %d can write to", dir, os.Geteuid())
	}
	return os.Chmod(dir, 0o755) // whatever the umask said
}

// lock keeps other test binaries from building the same thing.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, unix.EINTR) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
		}
	}
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"jobobject/internal/cgroupfs"
)

// fenceLimit is how many tasks a run may have: the largest tree, and as many
// zombies of the one before it.
const fenceLimit = 12000

// Ground is where a run takes place: a cgroup2 directory that all it starts is
// in, and a limit on processes around it.
type Ground struct {
	// NoGroup and NoFence say why there is none of them; nil where there is one.
	NoGroup, NoFence error
	Layout           cgroupfs.Layout

	group  *enclosure
	fence  *enclosure // the pids hierarchy of v1; nil where the group is its own fence
	pidsV1 string     // its group as cgexec names it
}

// Enter moves this process to a ground of its own. What a host does not allow
// is left out, and said in the Ground.
func Enter() (*Ground, error) {
	own, err := cgroupfs.ReadOwn()
	if err != nil {
		return nil, err
	}
	g := &Ground{Layout: own.Layout()}
	if g.group, g.NoGroup = enclose(own.V2); g.NoGroup != nil {
		g.NoFence = g.NoGroup
		return g, nil
	}
	limited := g.group
	if i := slices.IndexFunc(own.V1, hasPids); i >= 0 {
		if g.fence, g.NoFence = enclose(own.V1[i]); g.NoFence != nil {
			return g, nil
		}
		limited, g.pidsV1 = g.fence, filepath.Join(own.V1[i].OwnPath, filepath.Base(g.fence.dir))
	}
	g.NoFence = write(limited.dir, "pids.max", fmt.Sprint(fenceLimit))
	return g, nil
}

func hasPids(h cgroupfs.Hierarchy) bool { return slices.Contains(h.Controllers, "pids") }

// Leave moves this process back to where it came from, ends all that is left on
// the ground, and removes it.
func (g *Ground) Leave() error {
	// What is being cleaned up does not want to hear of an interrupt.
	ctx := context.Background()
	var err error
	for _, e := range []*enclosure{g.group, g.fence} {
		if e != nil {
			err = errors.Join(err, e.dissolve(ctx))
		}
	}
	return err
}

// MakeRoom waits until the limit leaves room for a tree. The zombies of earlier
// ones count until init has reaped them, which some do once in a second only.
func (g *Ground) MakeRoom(ctx context.Context, processes int) error {
	if g.fence == nil {
		return nil
	}
	return await(ctx, patience, "the dead of earlier trees have been reaped", func() bool {
		const bystanders = 200 // tasks of this process, and of what it runs
		tasks, err := readNumber(g.fence.dir, "pids.current")
		return err != nil || tasks+processes+bystanders <= fenceLimit
	})
}

// MakeGroup makes a directory on the ground.
func (g *Ground) MakeGroup(name string) (dir string, err error) {
	if g.NoGroup != nil {
		return "", g.NoGroup
	}
	dir = filepath.Join(g.group.dir, name)
	return dir, os.Mkdir(dir, 0o755)
}

// forCgexec makes a group in the hierarchy that cgexec is told to use, and
// returns its name there.
func (g *Ground) forCgexec() (group string, err error) {
	if g.fence == nil {
		return "", errors.New("it is measured where the pids controller has a v1 hierarchy")
	}
	const name = "cgexec"
	err = os.Mkdir(filepath.Join(g.fence.dir, name), 0o755)
	return filepath.Join(g.pidsV1, name), err
}

// kernelRelease is what uname says.
func kernelRelease() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(name.Release[:])
}

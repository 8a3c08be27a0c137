package trace

import (
	"encoding/binary"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// DirOf is the directory of a group that an event tells of, "" where that cannot
// be found: the group may be gone, or out of what is mounted here, or it takes
// more privilege (CAP_DAC_READ_SEARCH) to ask.
func (w *Watch) DirOf(group uint64) string {
	const kernfs = 0xfe // the kind of handle that has the number of a file only
	mount, err := unix.Open(w.group.dir, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer func() { unix.Close(mount) }()
	number := binary.NativeEndian.AppendUint64(nil, group)
	dir, err := unix.OpenByHandleAt(mount, unix.NewFileHandle(kernfs, number), unix.O_PATH|unix.O_CLOEXEC)
	if err != nil {
		return ""
	}
	defer func() { unix.Close(dir) }()
	path, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(dir))
	var there unix.Stat_t
	if err != nil || unix.Stat(path, &there) != nil || there.Ino != group {
		return "" // not to be reached by that name
	}
	return path
}

package probe

import (
	"bufio"
	"io"
	"os"
	"slices"
	"strings"
)

// kernelController is what the kernel says about a controller, whether or not
// it can be reached from here.
type kernelController struct {
	builtIn, enabled bool
	onV1             bool // bound to a v1 hierarchy, so v2 cannot offer it
}

// ownKernelController looks one up by either of its names: v2's io is blkio in
// /proc/cgroups. Kernels built for v2 alone have no such file.
func ownKernelController(names ...string) kernelController {
	f, err := os.Open("/proc/cgroups")
	if err != nil {
		return kernelController{}
	}
	defer f.Close()
	return findKernelController(f, names...)
}

// findKernelController reads lines of name, hierarchy, number of groups and
// enabled. Hierarchy 0 is v2.
func findKernelController(procCgroups io.Reader, names ...string) kernelController {
	for lines := bufio.NewScanner(procCgroups); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) == 4 && slices.Contains(names, fields[0]) {
			return kernelController{builtIn: true, enabled: fields[3] == "1", onV1: fields[1] != "0"}
		}
	}
	return kernelController{}
}

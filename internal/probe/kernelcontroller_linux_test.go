package probe

import (
	"strings"
	"testing"
)

func TestControllersOfTheKernel(t *testing.T) {
	const procCgroups = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n" +
		"cpuset\t3\t2\t1\nblkio\t0\t2\t1\nmemory\t0\t1\t0\n"
	for _, tt := range []struct {
		names []string
		want  kernelController
	}{
		{[]string{"cpuset"}, kernelController{builtIn: true, enabled: true, onV1: true}},
		{[]string{"io", "blkio"}, kernelController{builtIn: true, enabled: true}},
		{[]string{"memory"}, kernelController{builtIn: true}},
		{[]string{"pids"}, kernelController{}},
	} {
		if got := findKernelController(strings.NewReader(procCgroups), tt.names...); got != tt.want {
			t.Errorf("%v: got %+v, want %+v", tt.names, got, tt.want)
		}
	}
}

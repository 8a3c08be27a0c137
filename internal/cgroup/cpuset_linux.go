package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"jobobject/internal/group"
	"jobobject/internal/member"
)

func writeProcessors(dir string, l group.Limits) error {
	return writeFile(dir+"/cpuset.cpus", listOf(l.Processors)+"\n")
}

// writeProcessorsV1 keeps within what the directory above has: more than that is
// refused in v1, and in v2 it has no effect.
func writeProcessorsV1(dir string, l group.Limits) error {
	above, err := readCpus(filepath.Dir(dir))
	if err != nil {
		return err
	}
	processors := l.Processors & above
	if processors == 0 {
		processors = above
	}
	return writeFile(dir+"/cpuset.cpus", listOf(processors))
}

// prepareCpuset is for v1, where a new directory has no processors and no memory.
func prepareCpuset(dir string) error {
	var errs []error
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		content, err := os.ReadFile(filepath.Dir(dir) + "/" + name)
		if err == nil {
			err = writeFile(dir+"/"+name, strings.TrimSpace(string(content)))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func readCpus(dir string) (mask uint64, err error) {
	content, err := os.ReadFile(dir + "/cpuset.cpus")
	if err != nil {
		return 0, err
	}
	member.EachOf(strings.TrimSpace(string(content)), func(n int) {
		if n < 64 {
			mask |= 1 << n
		}
	})
	return mask, nil
}

// listOf is a mask as the kernel's lists have it: 0,2,3.
func listOf(mask uint64) string {
	var list []string
	for n := range 64 {
		if mask>>n&1 != 0 {
			list = append(list, strconv.Itoa(n))
		}
	}
	return strings.Join(list, ",")
}

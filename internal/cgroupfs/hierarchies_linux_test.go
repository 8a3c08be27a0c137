package cgroupfs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/sys/mountinfo"
)

func TestHierarchiesAreFoundInWhatProcSays(t *testing.T) {
	const v2AtRoot = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
	tests := []struct {
		name       string
		selfCgroup string
		mounts     string
		layout     Layout
		v2         Hierarchy
		v1         []Hierarchy
	}{{
		name:       "pure v2, in a user's scope",
		selfCgroup: "0::/user.slice/user-1000.slice/session-2.scope\n",
		mounts:     v2AtRoot,
		layout:     LayoutUnified,
		v2: Hierarchy{
			MountPoint: "/sys/fs/cgroup",
			OwnPath:    "/user.slice/user-1000.slice/session-2.scope",
			OwnDir:     "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope",
		},
	}, {
		name:       "hybrid, with controllers mounted together and a named hierarchy",
		selfCgroup: "4:cpu,cpuacct:/a\n1:name=systemd:/b:c\n0::/b:c\n",
		mounts: "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n" +
			"32 31 0:29 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw\n" +
			"33 31 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n" +
			"34 31 0:31 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n",
		layout: LayoutHybrid,
		v2:     Hierarchy{MountPoint: "/sys/fs/cgroup/unified", OwnPath: "/b:c", OwnDir: "/sys/fs/cgroup/unified/b:c"},
		v1: []Hierarchy{
			{Controllers: []string{"cpu", "cpuacct"}, MountPoint: "/sys/fs/cgroup/cpu,cpuacct", OwnPath: "/a", OwnDir: "/sys/fs/cgroup/cpu,cpuacct/a"},
			{Controllers: []string{"name=systemd"}, MountPoint: "/sys/fs/cgroup/systemd", OwnPath: "/b:c", OwnDir: "/sys/fs/cgroup/systemd/b:c"},
		},
	}, {
		name:       "v1 only, though the kernel has v2 as well",
		selfCgroup: "5:memory:/\n0::/\n",
		mounts:     "33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
		layout:     LayoutLegacy,
		v2:         Hierarchy{OwnPath: "/"},
		v1:         []Hierarchy{{Controllers: []string{"memory"}, MountPoint: "/sys/fs/cgroup/memory", OwnPath: "/", OwnDir: "/sys/fs/cgroup/memory"}},
	}, {
		name:       "nothing is mounted",
		selfCgroup: "5:memory:/\n0::/x\n",
		mounts:     "22 27 0:21 / /proc rw - proc proc rw\n",
		layout:     LayoutNone,
		v2:         Hierarchy{OwnPath: "/x"},
	}, {
		name:       "a kernel without cgroups",
		selfCgroup: "",
		mounts:     "22 27 0:21 / /proc rw - proc proc rw\n",
		layout:     LayoutNone,
	}, {
		name:       "a container with its own cgroup namespace, read-only",
		selfCgroup: "0::/\n",
		mounts:     "700 690 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n",
		layout:     LayoutUnified,
		v2:         Hierarchy{MountPoint: "/sys/fs/cgroup", ReadOnly: true, OwnPath: "/", OwnDir: "/sys/fs/cgroup"},
	}, {
		name:       "a super block that is read-only",
		selfCgroup: "0::/\n",
		mounts:     "700 690 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup ro\n",
		layout:     LayoutUnified,
		v2:         Hierarchy{MountPoint: "/sys/fs/cgroup", ReadOnly: true, OwnPath: "/", OwnDir: "/sys/fs/cgroup"},
	}, {
		name:       "a container in the host's cgroup namespace, which sees its own part only",
		selfCgroup: "3:memory:/docker/abc/inner\n0::/docker/abc\n",
		mounts: "700 690 0:26 /docker/abc /sys/fs/cgroup/unified rw - cgroup2 cgroup rw\n" +
			"701 690 0:27 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
		layout: LayoutHybrid,
		v2:     Hierarchy{MountPoint: "/sys/fs/cgroup/unified", OwnPath: "/docker/abc", OwnDir: "/sys/fs/cgroup/unified"},
		v1: []Hierarchy{{
			Controllers: []string{"memory"}, MountPoint: "/sys/fs/cgroup/memory", ReadOnly: true,
			OwnPath: "/docker/abc/inner", OwnDir: "/sys/fs/cgroup/memory/inner",
		}},
	}, {
		name:       "a mount of a sibling whose name begins alike",
		selfCgroup: "0::/docker/abcdef\n",
		mounts:     "700 690 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw\n",
		layout:     LayoutUnified,
		v2:         Hierarchy{MountPoint: "/sys/fs/cgroup", OwnPath: "/docker/abcdef"},
	}, {
		name:       "a namespace entered under a mount made outside of it",
		selfCgroup: "0::/\n",
		mounts:     "30 23 0:26 /.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
		layout:     LayoutUnified,
		v2:         Hierarchy{MountPoint: "/sys/fs/cgroup", OwnPath: "/"},
	}, {
		name:       "a process moved out of its namespace's root",
		selfCgroup: "0::/../other\n",
		mounts:     v2AtRoot,
		layout:     LayoutUnified,
		v2:         Hierarchy{MountPoint: "/sys/fs/cgroup", OwnPath: "/../other"},
	}, {
		name:       "of several mounts, the one that shows the own group and may be written",
		selfCgroup: "0::/a/b\n",
		mounts: "30 23 0:26 /other /mnt/other rw - cgroup2 cgroup2 rw\n" +
			"31 23 0:26 / /mnt/readonly ro - cgroup2 cgroup2 rw\n" +
			"32 23 0:26 /a /mnt/my\\040groups rw - cgroup2 cgroup2 rw\n" +
			"33 23 0:26 / /mnt/late rw - cgroup2 cgroup2 rw\n",
		layout: LayoutUnified,
		v2:     Hierarchy{MountPoint: "/mnt/my groups", OwnPath: "/a/b", OwnDir: "/mnt/my groups/b"},
	}, {
		name:       "a mount that a later one covers",
		selfCgroup: "0::/\n",
		mounts:     "30 23 0:26 / /covered/cgroup rw - cgroup2 cgroup2 rw\n",
		layout:     LayoutNone,
		v2:         Hierarchy{OwnPath: "/"},
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readHierarchies(strings.NewReader(tt.selfCgroup), strings.NewReader(tt.mounts), unlessCovered, "cgroup", "cgroup2")
			if err != nil {
				t.Fatal(err)
			}
			want := Hierarchies{V2: tt.v2, V1: tt.v1}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(Hierarchies{}, Hierarchy{})); diff != "" {
				t.Errorf("Hierarchies differ (-want +got):\n%s", diff)
			}
			if got.Layout() != tt.layout {
				t.Errorf("layout is %s, want %s", got.Layout(), tt.layout)
			}
		})
	}
}

func unlessCovered(m *mountinfo.Info) bool { return !strings.HasPrefix(m.Mountpoint, "/covered") }

func TestUnreadableHierarchiesAreAnError(t *testing.T) {
	for name, in := range map[string]struct{ selfCgroup, mounts string }{
		"own cgroup": {"0:/\n", ""},
		"mountinfo":  {"0::/\n", "30 23 0:26 / /sys/fs/cgroup\n"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readHierarchies(strings.NewReader(in.selfCgroup), strings.NewReader(in.mounts), unlessCovered, "cgroup", "cgroup2")
			if err == nil {
				t.Error("read without an error")
			}
		})
	}
}

// An own directory that is not below its mount point would have the probe make
// groups in someone else's place.
func FuzzOwnDirectoryIsBelowItsMount(f *testing.F) {
	f.Add("/a/b", "/a")
	f.Add("/../x", "/")
	f.Add("/", "/..")
	f.Add("/a/../../b", "/a")
	f.Add("//..", "/")
	f.Fuzz(func(t *testing.T, OwnPath, root string) {
		inside, ok := below(OwnPath, root)
		if !ok {
			return
		}
		for step := range strings.SplitSeq(inside, "/") {
			if step == ".." {
				t.Errorf("below(%q, %q) leads outside: %q", OwnPath, root, inside)
			}
		}
	})
}

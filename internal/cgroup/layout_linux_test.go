package cgroup

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAPathTellsTheGroupsItLeadsThrough(t *testing.T) {
	for _, tt := range []struct {
		path string
		ids  []string
		upTo []string // for 0, 1, 2 … groups
		room string
	}{
		{"/", nil, []string{"/"}, "/"},
		{"/user.slice/a.scope", nil, []string{"/user.slice/a.scope"}, "/user.slice/a.scope"},
		{"/jobobject-a/members", []string{"a"}, []string{"/", "/jobobject-a"}, "/jobobject-a"},
		{
			"/x/jobobject-a/jobobject-b/members",
			[]string{"a", "b"},
			[]string{"/x", "/x/jobobject-a", "/x/jobobject-a/jobobject-b"},
			"/x/jobobject-a/jobobject-b",
		},
		{ // a cgroup that a member has made itself
			"/jobobject-a/members/own", []string{"a"},
			[]string{"/", "/jobobject-a"}, "/jobobject-a/members/own",
		},
		{ // a group in such a cgroup
			"/jobobject-a/members/own/jobobject-b/members",
			[]string{"a", "b"},
			[]string{"/", "/jobobject-a", "/jobobject-a/members/own/jobobject-b"},
			"/jobobject-a/members/own/jobobject-b",
		},
		{"/own/jobhost", nil, []string{"/own/jobhost"}, "/own"},
		{"/members", nil, []string{"/members"}, "/members"}, // a name that anybody may give
	} {
		t.Run(tt.path, func(t *testing.T) {
			if diff := cmp.Diff(tt.ids, groupsOn(tt.path)); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
			for n, want := range tt.upTo {
				if got := upTo(tt.path, n); got != want {
					t.Errorf("up to group %d: %s, want %s", n, got, want)
				}
			}
			if got := roomIn(tt.path); got != tt.room {
				t.Errorf("room in %s, want %s", got, tt.room)
			}
		})
	}
}

func FuzzPathsAreCutWithinThemselves(f *testing.F) {
	f.Add("/jobobject-a/members/own/jobobject-b/members")
	f.Add("jobobject-")
	f.Fuzz(func(t *testing.T, path string) {
		ids := groupsOn(path)
		for n := range len(ids) + 1 {
			cut := upTo(path, n)
			if got := groupsOn(cut); len(got) != n {
				t.Errorf("%q up to group %d is %q with %d groups", path, n, cut, len(got))
			}
		}
	})
}

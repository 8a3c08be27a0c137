package cgroup

import (
	"path/filepath"
	"strings"
)

const (
	groupPrefix = "jobobject-"
	leafName    = "members"

	// stateAttribute holds what a group's State says, as words.
	stateAttribute = "user.jobobject.state"
)

// isGroup tells the directory of a group from others.
func isGroup(dir string) bool { return strings.HasPrefix(filepath.Base(dir), groupPrefix) }

// groupsOn returns the ids of the groups that a path leads through, outermost
// first.
func groupsOn(path string) []string {
	var ids []string
	for part := range strings.SplitSeq(path, "/") {
		if id, found := strings.CutPrefix(part, groupPrefix); found {
			ids = append(ids, id)
		}
	}
	return ids
}

// upTo is the part of a path that ends with its n-th group, counted from 1; for
// 0 it is the part before the first one.
func upTo(path string, n int) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if !strings.HasPrefix(part, groupPrefix) {
			continue
		}
		if n == 0 {
			return rooted(parts[:i])
		}
		if n--; n == 0 {
			return rooted(parts[:i+1])
		}
	}
	return rooted(parts)
}

func rooted(parts []string) string {
	if path := strings.Join(parts, "/"); path != "" {
		return path
	}
	return "/"
}

// roomIn is where, in the cgroup that a process is in, groups can be made: beside
// the leaf where it is the leaf of a group or that of this process, else right there.
func roomIn(dir string) string {
	if parent := filepath.Dir(dir); filepath.Base(dir) == leafName && isGroup(parent) {
		return parent
	}
	if filepath.Base(dir) == hostLeaf {
		return filepath.Dir(dir)
	}
	return dir
}

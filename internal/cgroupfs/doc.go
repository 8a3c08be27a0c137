// Package cgroupfs finds the cgroup hierarchies of this host and where in them
// the caller is.
//
// It promises that what it returns can be reached: a mount that another one
// covers is left out, and of several mounts of a hierarchy the one that shows
// the caller's group and can be written is chosen. It only looks: it makes
// nothing and must not know what groups are used for.
package cgroupfs

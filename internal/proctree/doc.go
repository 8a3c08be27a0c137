// Package proctree makes groups of process trees, where no cgroup may be made.
//
// What is started in a group gets a supervisor of its own (package supervisor), below
// which its descendants stay, whatever they fork. The members of a group are the
// descendants of its supervisors.
//
// It must not know what a job, a limit or a handle is, nor that there are cgroups.
package proctree

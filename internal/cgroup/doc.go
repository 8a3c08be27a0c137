// Package cgroup makes groups of cgroup v2 directories.
//
// A group is a directory jobobject-<id> with a leaf in it, members, in which its
// processes are. The leaf leaves room for controllers and for the groups that
// nest in this one: cgroup v2 wants processes in leaves only. Groups are made
// below the cgroup that the first member is in, so that whoever ends or limits
// that cgroup reaches the group too.
//
// What the package promises: a process that is started is inside from its birth;
// killing reaches what cgroup.kill leaves alive, and says what it could not end;
// nothing it made is left behind when a group is removed; and a group whose owner
// is dead can be told from one that is in use, by a lock on its directory, and
// taken over by its state, in an extended attribute.
//
// It must not know what a job, a limit or a handle is.
package cgroup

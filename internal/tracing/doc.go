// Package tracing lets jobs be traced: it is a group.Tracer made of package
// trace, and says in the words of package kernel what that tells of cgroups.
//
// It promises that nothing is loaded, no goroutine runs and no descriptor is
// held while there is no watch: the first Watch finds the best means, which takes
// about a tenth of a second, and Close of the last one gives it up. One goroutine
// tells of everything, in the order in which it has happened.
//
// It knows what a name of a group is: the path of its cgroup2 directory. It must
// not know jobs, nor which of them asks for what.
package tracing

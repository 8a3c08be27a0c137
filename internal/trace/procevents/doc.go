// Package procevents hears of every fork, exec and exit on the machine by the
// kernel's proc connector, which needs CAP_NET_ADMIN and the initial pid and
// user namespaces.
//
// It promises the messages in the order in which the kernel sent them, each
// thread's, and the number of those that were lost. It must not know whom they
// concern.
package procevents

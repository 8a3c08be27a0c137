// Package supervisor starts a process below another one that stays, and to which
// all descendants fall whose parents die.
//
// It must not know which group the processes are for, nor what may be done to them.
package supervisor

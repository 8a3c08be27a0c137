// Package member is what can be done to one process, and read of it, whatever group
// it is in: attributes that its children inherit, what it uses, who it is; and what
// the machine tells of all processes.
//
// It must not know how processes are kept together, nor why something is done to them.
package member

// Package lookout tells groups of processes that somebody may have been born in them,
// so that they need not look at their members all the time.
//
// It must not know what groups are made of, nor why they look.
package lookout

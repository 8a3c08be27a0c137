//go:build race

package model

// sparing is the part of the checks that is done where each takes ten times as
// long. A sequence has one goroutine, so there is no race to find in it.
const sparing = 4

//go:build race

package model

// Sparing is by how much fewer sequences are enough where each takes ten times as
// long. A sequence has one goroutine, so there is no race to find in it.
const Sparing = 4

//go:build !race

package model

// Sparing is 1 where sequences take no longer than they must.
const Sparing = 1

//go:build !race

package model

const sparing = 1

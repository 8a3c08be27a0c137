package main

import (
	"os"

	"jobobject/internal/bench"
)

// play is what a player does in place of taking figures.
func play(a arguments) error { return bench.Play(a.play, a.fixture, os.Stdin, os.Stdout) }

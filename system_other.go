//go:build !linux

package jobobject

import (
	"jobobject/internal/kernel"
	"jobobject/internal/mechanism"
)

func system() kernel.Kernel {
	_, err := mechanism.Own()
	return unsupported{err}
}

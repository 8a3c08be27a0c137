//go:build linux

package conformance

import (
	"os"
	"testing"

	"jobobject/internal/testkit"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(play(role, os.Args[1:]))
	}
	if os.Getenv(aloneVariable) != "" {
		os.Exit(m.Run()) // who started it has the fence, and the place is given
	}
	os.Exit(testkit.Main(m))
}

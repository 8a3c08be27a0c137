package trace

import (
	"os"
	"testing"

	"jobobject/internal/testkit"
)

func TestMain(m *testing.M) {
	if os.Getenv(insidePIDNamespace) != "" {
		os.Exit(m.Run()) // the fence is around the process that has started this one
	}
	os.Exit(testkit.Main(m))
}

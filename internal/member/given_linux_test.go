package member

import (
	"os"
	"testing"

	"jobobject/internal/testkit"
)

func TestMain(m *testing.M) { os.Exit(testkit.Main(m)) }

var host Host

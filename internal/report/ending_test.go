package report

import (
	"syscall"
	"testing"

	"jobobject"
	"jobobject/internal/kernel"
)

func TestHowAProcessEndedInAFewWords(t *testing.T) {
	for want, given := range map[string]*jobobject.Ending{
		"exit 0":                {Status: kernel.Exactly(kernel.Exited(0))},
		"exit 3":                {Status: kernel.Exactly(kernel.Exited(3))},
		"SIGTERM":               {Status: kernel.Exactly(kernel.Killed(syscall.SIGTERM, 143))},
		"SIGSEGV (core dumped)": {Status: kernel.Exactly(kernel.Killed(syscall.SIGSEGV, 139)), CoreDumped: true},
		"exit ?":                {},
	} {
		if got := Ended(given); got != want {
			t.Errorf("%+v is %q, want %q", given, got, want)
		}
	}
	if got := Ended(nil); got != "exit ?" {
		t.Errorf("nothing known is %q", got)
	}
}

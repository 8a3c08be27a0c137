package supervise

import (
	"context"
	"os"
	"testing"
	"time"
)

type untouchable struct{ t *testing.T }

func (j untouchable) Tell(sig os.Signal) { j.t.Errorf("told %v", sig) }

func (j untouchable) WaitEmpty(context.Context) error { return nil }

// Both have happened, and select takes either: the end has to win each time.
func TestAJobThatEndsInTheInstantOfItsTimeLimitIsNotLate(t *testing.T) {
	for _, all := range []bool{false, true} {
		for range 50 {
			ended, timeout := make(chan struct{}), make(chan time.Time, 1)
			close(ended)
			timeout <- time.Now()
			w := &watch{job: untouchable{t}, mainEnded: ended, timeout: timeout}
			if all {
				w.whole, w.gone = true, true
			}
			for !w.over() {
				w.next(nil)
			}
			if w.verdict.Cause != Ended || !w.verdict.MainEnded {
				t.Fatalf("all=%v: the verdict is %+v", all, w.verdict)
			}
		}
	}
}

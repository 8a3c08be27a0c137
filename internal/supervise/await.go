package supervise

import (
	"context"
	"os"
	"syscall"
	"time"
)

// Job is what is supervised.
type Job interface {
	// Tell asks every member to end, in the words of the signal.
	Tell(os.Signal)
	// WaitEmpty waits for the end of the last member.
	WaitEmpty(context.Context) error
}

// Verdict is how a job came to its end.
type Verdict struct {
	Cause Cause
	// Told says that the members were asked to end, and Kill that those that are
	// left have had their chance.
	Told, Kill bool
	// MainEnded says that the main process has ended.
	MainEnded bool
}

// Await returns when the job is over or is to be killed. mainEnded is closed with
// the end of the main process. Each value from requests is a request to end.
func Await(job Job, rules Rules, mainEnded <-chan struct{}, requests <-chan os.Signal) Verdict {
	w := &watch{job: job, rules: rules, mainEnded: mainEnded, whole: rules.All}
	defer w.release()
	if rules.Timeout > 0 {
		timer := time.NewTimer(rules.Timeout)
		defer timer.Stop()
		w.timeout = timer.C
	}
	for !w.over() {
		w.next(requests)
	}
	return w.verdict
}

// watch is one supervision under way.
type watch struct {
	job     Job
	rules   Rules
	verdict Verdict

	mainEnded <-chan struct{} // nil when it has been seen
	timeout   <-chan time.Time
	grace     *time.Timer // nil while nobody has been told

	whole  bool          // the other members count as well
	empty  chan struct{} // closed with the end of the last one; nil while nobody asks
	gone   bool
	cancel context.CancelFunc
}

func (w *watch) over() bool {
	if w.verdict.Kill {
		return true
	}
	return w.verdict.MainEnded && (!w.whole || w.gone)
}

func (w *watch) next(requests <-chan os.Signal) {
	w.askForOthers()
	var grace <-chan time.Time
	if w.grace != nil {
		grace = w.grace.C
	}
	select {
	case <-w.mainEnded:
		w.mainEnded, w.verdict.MainEnded = nil, true
	case <-w.empty:
		w.empty, w.gone = nil, true
	case sig := <-requests:
		w.end(Interrupted, sig)
	case <-w.timeout:
		w.timeout = nil
		if !w.settled() {
			w.end(TimedOut, syscall.SIGTERM)
		}
	case <-grace:
		w.verdict.Kill = true
	}
}

// settled looks once more before a job that is ending by itself is said to have
// been late: both may have happened while nobody looked.
func (w *watch) settled() bool {
	select {
	case <-w.mainEnded:
		w.mainEnded, w.verdict.MainEnded = nil, true
	default:
	}
	return w.over()
}

// end tells the members, and whoever has been told already is to be killed.
func (w *watch) end(cause Cause, sig os.Signal) {
	if w.verdict.Told {
		w.verdict.Kill = true
		return
	}
	w.verdict.Told, w.verdict.Cause = true, cause
	w.timeout = nil // its time does not matter any more
	w.whole = true  // the grace is for everybody
	w.job.Tell(sig)
	w.grace = time.NewTimer(w.rules.Grace)
}

// askForOthers starts waiting for the last member once that matters and the main
// process, which is one of them, has ended.
func (w *watch) askForOthers() {
	if !w.whole || !w.verdict.MainEnded || w.gone || w.empty != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	empty := make(chan struct{})
	w.empty, w.cancel = empty, cancel
	go func() {
		defer close(empty)
		// An error says that nothing more can be learnt by waiting. What is left
		// then is found by whoever ends the job.
		_ = w.job.WaitEmpty(ctx)
	}()
}

func (w *watch) release() {
	if w.grace != nil {
		w.grace.Stop()
	}
	if w.cancel != nil {
		w.cancel()
		if w.empty != nil {
			<-w.empty
		}
	}
}

package main

import (
	"context"
	"fmt"

	"jobobject"
	"jobobject/internal/report"
)

// notice tells a person that the job's time is used up, where the job goes on then
// (EOJ-03). Without a port the job would be ended (EOJ-04), so it has one, and
// somebody reads it. Nil is none.
type notice struct {
	limit report.Bound
	port  *jobobject.Port
	over  chan struct{} // closed when nobody reads any more
	given bool          // read when over is closed
}

// giveNotice begins before there is a member. The job's close ends what comes to the
// port.
func (o *runOptions) giveNotice(job *jobobject.Job) (*notice, error) {
	if o.limits.EndOfJobTime != jobobject.PostAtEndOfJob {
		return nil, nil
	}
	n := &notice{
		limit: report.Bound{Name: "job-time", Limit: report.Time(o.limits.JobUserTime)},
		port:  jobobject.NewPort(), over: make(chan struct{}),
	}
	if err := job.Associate(n.port, nil); err != nil {
		return nil, fmt.Errorf("be told of the end of the job time: %w", err)
	}
	go n.read()
	return n, nil
}

func (n *notice) read() {
	defer close(n.over)
	for {
		message, err := n.port.Get(context.Background())
		if err != nil {
			return // the port is closed
		}
		if message.ID == jobobject.EndOfJobTime {
			n.given = true
			complain("run: the limit %s is reached; the job goes on", n.limit)
		}
	}
}

// end returns when nothing more will be said, and whether something was.
func (n *notice) end() (given bool) {
	if n == nil {
		return false
	}
	_ = n.port.Close() // or it is closed already
	<-n.over
	return n.given
}

package lookout

import (
	"context"
	"slices"
	"time"
)

// A group is looked at by Sample more often when its members change or have not
// settled, and ever more rarely when they do not; in the end only when one is born.
const (
	sampleInterval     = 2 * time.Millisecond
	idleSampleInterval = 16 * time.Millisecond
	// mostBirth is what a birth may take, on a machine that is busy otherwise, from
	// when it shows in the number that was given last until it shows in the group.
	mostBirth = time.Second
)

// SampleUntilEmpty calls seen with the members of a group, as glance lists them, when
// one may have been born, until there are none. It tells whether that is why it ended,
// and not the context or that glance has failed, as the group is gone.
func (l *Lookout) SampleUntilEmpty(ctx context.Context, id string, glance func() ([]int, error), seen func(pids []int) (settled bool)) (empty bool) {
	births, leave := l.join(id)
	defer leave()
	timer := time.NewTimer(0)
	defer timer.Stop()
	pause, born := sampleInterval, time.Now()
	for last := []int(nil); ; {
		pids, err := glance()
		if err != nil {
			return false
		}
		if len(pids) == 0 {
			return true
		}
		if pause *= 2; !slices.Equal(pids, last) {
			pause = sampleInterval
		}
		last = pids
		switch settled := seen(pids); {
		case !settled:
			pause = min(pause, idleSampleInterval)
			timer.Reset(pause)
		case time.Since(born) < mostBirth:
			timer.Reset(pause)
		default:
			timer.Stop()
		}
		select {
		case <-ctx.Done():
			return false
		case why := <-births:
			if pause = sampleInterval; why == somebodyBorn {
				born = time.Now()
			}
		case <-timer.C:
		}
	}
}

package jobobject_test

import (
	"errors"
	"os/exec"
	"slices"
	"testing"
	"time"

	"jobobject"
)

// BenchmarkExitToZero is the time from when a member has ended, as its parent sees
// it at the earliest, to the message that its job is empty.
func BenchmarkExitToZero(b *testing.B) {
	job, err := jobobject.Create("", jobobject.WithLimits(jobobject.Limits{KillOnClose: true}))
	if err != nil {
		b.Fatal(err)
	}
	defer job.Close()
	port := jobobject.NewPort()
	if err := job.Associate(port, nil); errors.Is(err, jobobject.ErrNotSupported) {
		b.Skip(err)
	} else if err != nil {
		b.Fatal(err)
	}
	var latencies []time.Duration
	for b.Loop() {
		process, err := job.Start(exec.Command("true"))
		if err != nil {
			b.Fatal(err)
		}
		ended := make(chan time.Time)
		go func() {
			_, _ = process.Wait()
			ended <- time.Now()
		}()
		var told time.Time
		for told.IsZero() {
			message, err := port.Get(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			if message.ID == jobobject.ActiveProcessZero {
				told = time.Now()
			}
		}
		latencies = append(latencies, told.Sub(<-ended))
	}
	slices.Sort(latencies)
	b.ReportMetric(float64(latencies[len(latencies)/2].Microseconds()), "µs/median")
	b.ReportMetric(float64(latencies[len(latencies)*99/100].Microseconds()), "µs/p99")
}

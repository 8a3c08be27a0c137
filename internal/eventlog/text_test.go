package eventlog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheTextIsInColumnsAndOnOneLineEach(t *testing.T) {
	const want = `
    0.000000  begin      told by sampler: it misses what is over within 10 ms
    0.001000  present         12  init` + "\uFFFD" + `[2J
    0.002000  birth         4711  sh               by 12
    0.003000  join            13  join
    0.004000  exec          4711  cc               cc -c <a&b> …
    0.005000  moved         4711  cc
    0.006000  freeze
    0.007000  thaw
    0.008000  leave           13  join             to /other, put back
    0.009000  terminate  exit code 137
    0.010000  exit          4711  cc               SIGSEGV (core dumped), user 1.23s, system at least 1s, peak memory 64 MiB
    0.011000  lost       12 events are missing here
    0.012000  gone            12  init             how is not known
    0.013000  empty
    0.014000  limit      on processes: 2 ended, 1 refused
    0.015000  notification  of memory: 3.0 MiB, limit 2.0 MiB, by 12
    0.016000  notification  of job-time: 1.5s, limit 1s
    0.017000  notification  of cpu-rate: 45 % of the interval, limit 40 % of the interval
`
	var text Text
	got := "\n"
	for _, e := range given() {
		got += text.Line(e) + "\n"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

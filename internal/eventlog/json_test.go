package eventlog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jobobject"
)

func TestTheLinesAreWhatProgramsReadAndTheUnknownIsNull(t *testing.T) {
	const want = `
{"seq":1,"time":"2024-02-29T12:00:00.000000000+01:00","event":"begin","version":1,"means":"sampler","misses":"it misses what is over within 10 ms"}
{"seq":2,"time":"2024-02-29T12:00:00.001000000+01:00","event":"present","pid":12,"start_seconds":1.000000000,"parent":1,"command":"init\u001b[2J"}
{"seq":3,"time":"2024-02-29T12:00:00.002000000+01:00","event":"birth","pid":4711,"start_seconds":342000.000000001,"parent":12,"command":"sh"}
{"seq":4,"time":"2024-02-29T12:00:00.003000000+01:00","event":"join","pid":13,"start_seconds":0.000000000,"parent":1,"command":"join"}
{"seq":5,"time":"2024-02-29T12:00:00.004000000+01:00","event":"exec","pid":4711,"start_seconds":342000.000000001,"parent":12,"command":"cc","path":"/usr/bin/cc","args":["cc","-c","<a&b>"],"cut":true}
{"seq":6,"time":"2024-02-29T12:00:00.005000000+01:00","event":"moved","pid":4711,"start_seconds":342000.000000001,"parent":12,"command":"cc"}
{"seq":7,"time":"2024-02-29T12:00:00.006000000+01:00","event":"freeze"}
{"seq":8,"time":"2024-02-29T12:00:00.007000000+01:00","event":"thaw"}
{"seq":9,"time":"2024-02-29T12:00:00.008000000+01:00","event":"leave","pid":13,"start_seconds":0.000000000,"parent":1,"command":"join","to":"/other","returned":true}
{"seq":10,"time":"2024-02-29T12:00:00.009000000+01:00","event":"terminate","exit_code":137}
{"seq":11,"time":"2024-02-29T12:00:00.010000000+01:00","event":"exit","pid":4711,"start_seconds":342000.000000001,"parent":12,"command":"cc","status":{"exit_code":139,"signal":"SIGSEGV","core_dumped":true},"user_seconds":1.234567,"system_seconds":null,"page_faults":null,"peak_memory_bytes":67108864,"peak_address_space_bytes":null,"read_ops":null,"write_ops":null,"read_bytes":0,"write_bytes":null}
{"seq":12,"time":"2024-02-29T12:00:00.011000000+01:00","event":"lost","lost":12}
{"seq":13,"time":"2024-02-29T12:00:00.012000000+01:00","event":"gone","pid":12,"start_seconds":1.000000000,"parent":1,"command":"init"}
{"seq":14,"time":"2024-02-29T12:00:00.013000000+01:00","event":"empty"}
{"seq":15,"time":"2024-02-29T12:00:00.014000000+01:00","event":"limit","limit":"processes","ended":2,"refused":1}
{"seq":16,"time":"2024-02-29T12:00:00.015000000+01:00","event":"notification","exceeded":"memory","value":3145728,"bound":2097152,"unit":"bytes","by":12}
{"seq":17,"time":"2024-02-29T12:00:00.016000000+01:00","event":"notification","exceeded":"job-time","value":1.5,"bound":1,"unit":"seconds","by":null}
{"seq":18,"time":"2024-02-29T12:00:00.017000000+01:00","event":"notification","exceeded":"cpu-rate","value":45,"bound":40,"unit":"percent","by":null}
`
	got := "\n"
	for _, e := range given() {
		text, err := JSON(e)
		if err != nil {
			t.Fatal(err)
		}
		got += string(text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatIsNotKnownIsNullAndThere(t *testing.T) {
	for _, given := range []jobobject.Event{{Kind: jobobject.EventExit}, {Kind: jobobject.EventExit, Ending: &jobobject.Ending{}}} {
		text, err := JSON(given)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), `"status":null,"user_seconds":null`) {
			t.Errorf("written: %s", text)
		}
	}
	text, err := JSON(jobobject.Event{Kind: jobobject.EventBegin, Means: "eBPF"})
	if err != nil || !strings.Contains(string(text), `"misses":null`) {
		t.Errorf("written: %s (%v)", text, err)
	}
}

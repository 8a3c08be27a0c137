package report

import (
	"encoding/json"
	"testing"
	"time"

	"jobobject/internal/kernel"
)

func TestAnAmountIsANumberForProgramsAndHasAUnitForPeople(t *testing.T) {
	for _, test := range []struct {
		amount     Amount
		json, text string
	}{
		{Amount{}, "null", ""},
		{Of(kernel.Exactly[uint64](1<<20), Bytes), "1048576", "1.0 MiB"},
		{Of(kernel.AtLeast[uint64](1<<20), Bytes), "null", "at least 1.0 MiB"},
		{Of(kernel.Exactly[uint64](0), Count), "0", "0"},
		{Of(kernel.Exactly(1500*time.Millisecond), Time), "1.5", "1.5s"},
		{Of(kernel.Figure[time.Duration]{}, Time), "null", ""},
		{Number(0.5), "0.5", "0.5"},
		{Number(20), "20", "20"},
		{Number(1.0 / 3), "0.33", "0.33"},
		{Number(0), "0", "0"},
		{Word("0-3"), `"0-3"`, "0-3"},
		{On(), "true", "on"},
	} {
		got, err := json.Marshal(test.amount)
		if err != nil || string(got) != test.json || test.amount.Text != test.text {
			t.Errorf("%s, %q, %v; want %s, %q", got, test.amount.Text, err, test.json, test.text)
		}
	}
}

func TestALimitThatStruckSaysWhatItDid(t *testing.T) {
	for want, struck := range map[string]Struck{
		"reached": {}, "1 ended": {Terminated: 1}, "2 refused": {Refused: 2}, "3 ended, 4 refused": {3, 4},
	} {
		if got := struck.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestALimitIsWrittenAsOnACommandLine(t *testing.T) {
	for want, limit := range map[string]Bound{
		"--memory 64MiB": {Name: "memory", Limit: Bytes(64 << 20)}, "--affinity 0-1": {Name: "affinity", Limit: Word("0-1")},
		"--job-time 1.5s": {Name: "job-time", Limit: Time(1500 * time.Millisecond)}, "--die-on-crash": {Name: "die-on-crash", Limit: On()},
	} {
		if got := limit.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestTheLimitThatEndedTheJobIsNamedWithWhatWasUsed(t *testing.T) {
	name := "job-time"
	r := New([]string{"x"})
	r.Outcome = Outcome{Reason: Limit, Limit: &name, ExitCode: 124}
	r.Limited([]Bound{{Name: "job-time", Limit: Time(time.Second), Used: Of(kernel.Exactly(1010*time.Millisecond), Time), EndedTheJob: true}})
	const want = "x: ended by its limit --job-time 1s (1.01s used) after 0s, exit status 124"
	if got := r.headline(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

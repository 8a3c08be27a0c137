package main

import (
	"flag"
	"reflect"
	"strings"
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/kernel"
)

func flagsInto(l *jobobject.Limits) *flag.FlagSet {
	flags := newFlags("run")
	limitFlags(flags, l)
	return flags
}

func TestEveryLimitHasItsRowInTheTable(t *testing.T) {
	rows := map[string]bool{}
	for _, row := range limits() {
		rows[row.flag] = true
	}
	flags := flagsInto(&jobobject.Limits{})
	flags.VisitAll(func(f *flag.Flag) {
		if !rows[f.Name] {
			t.Errorf("--%s is not in the table of limits: job limits does not list it, nor does a report", f.Name)
		}
	})
	for name := range rows {
		if flags.Lookup(name) == nil {
			t.Errorf("the table of limits has --%s, which is no flag", name)
		}
		if !strings.Contains(runHelp, "--"+name+" ") {
			t.Errorf("the help does not tell of --%s", name)
		}
	}
}

func TestARowOfTheTableIsAboutItsField(t *testing.T) {
	for _, row := range limits() {
		field := reflect.ValueOf(row.example).FieldByName(row.field)
		if !field.IsValid() || field.IsZero() {
			t.Errorf("--%s: its example does not set Limits.%s", row.flag, row.field)
		}
		if text := row.value(jobobject.Limits{}).Text; text != "" {
			t.Errorf("--%s: what is not set is %q", row.flag, text)
		}
		// As it is told, it can be typed, with the limits that it needs.
		var told []string
		for _, b := range bounds(row.example, spent{}, nil, nil) {
			told = append(told, strings.Fields(b.String())...)
		}
		var again jobobject.Limits
		if err := flagsInto(&again).Parse(told); err != nil || again != row.example {
			t.Errorf("%s: %v; that is %+v, want %+v", told, err, again, row.example)
		}
	}
}

func TestAListOfProcessorsIsWrittenAsItIsRead(t *testing.T) {
	for mask, want := range map[uint64]string{0: "", 1: "0", 0b1011: "0-1,3", 1 << 63: "63", 1<<64 - 1: "0-63", 0b10101: "0,2,4"} {
		if got := processorList(mask); got != want {
			t.Errorf("%b is %q, want %q", mask, got, want)
		}
		if want == "" {
			continue
		}
		if back, err := parseProcessors(want); err != nil || back != mask {
			t.Errorf("%s is %b, %v", want, back, err)
		}
	}
}

func TestWhatWasUsedOfALimitIsKnownOrNot(t *testing.T) {
	used := spent{jobobject.Accounting{
		UserTime: kernel.Exactly(3 * time.Second), KernelTime: kernel.Exactly(time.Second),
		PeriodUserTime: kernel.Exactly(2 * time.Second), PeakJobMemory: kernel.Exactly[uint64](48 << 20), PeakProcesses: kernel.AtLeast[uint64](3),
	}, 8 * time.Second}
	all := jobobject.Limits{JobMemory: 64 << 20, ProcessMemory: 4096, ActiveProcesses: 20, Affinity: 1, CPURate: 1, CPUWeight: 3, JobUserTime: time.Second, ProcessUserTime: 1}
	told := map[string]string{}
	name := "job-time"
	strikes := []jobobject.Strike{{Limit: jobobject.JobUserTimeStrike, Terminated: 2}, {Limit: jobobject.ActiveProcessesStrike, Refused: 4}}
	for _, b := range bounds(all, used, strikes, &name) {
		told[b.Name] = b.Used.Text
		if b.EndedTheJob != (b.Name == name) {
			t.Errorf("--%s has ended the job: %v", b.Name, b.EndedTheJob)
		}
		if struck := b.Struck != nil; struck != (b.Name == name || b.Name == "processes") {
			t.Errorf("--%s has struck: %+v", b.Name, b.Struck)
		}
	}
	for name, want := range map[string]string{
		"memory": "48 MiB", "process-memory": "", "processes": "at least 3", "affinity": "", "cpus": "0.5", "cpu-weight": "", "job-time": "2s", "process-time": "",
	} {
		if got, set := told[name]; !set || got != want {
			t.Errorf("of --%s was used %q, want %q", name, got, want)
		}
	}
	if set := bounds(jobobject.Limits{KillOnClose: true}, used, nil, nil); len(set) != 0 {
		t.Errorf("no limit was set: %+v", set)
	}
	unknown := bounds(all, spent{}, nil, nil)
	for _, b := range unknown {
		if b.Used.Text != "" {
			t.Errorf("nothing is known, and --%s has used %q", b.Name, b.Used.Text)
		}
	}
}

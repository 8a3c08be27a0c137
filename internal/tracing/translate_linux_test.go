package tracing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jobobject/internal/kernel"
	"jobobject/internal/trace"
)

func TestAnEndingHasWhatIsKnownAndNothingElse(t *testing.T) {
	used := trace.Usage{
		User: 1, System: 2, MinorFaults: 3, MajorFaults: 4, PeakMemory: 5, PeakSpace: 6,
		IO: trace.IO{ReadCalls: 7, WriteCalls: 8, ReadBytes: 9, WriteBytes: 10},
	}
	all := kernel.Ending{
		Status: kernel.Exactly(kernel.Exited(3)), UserTime: kernel.Exactly[time.Duration](1), KernelTime: kernel.Exactly[time.Duration](2),
		PageFaults: kernel.Exactly[uint64](7), PeakMemory: kernel.Exactly[uint64](5), PeakSpace: kernel.Exactly[uint64](6),
		ReadOperations: kernel.Exactly[uint64](7), WriteOperations: kernel.Exactly[uint64](8),
		ReadBytes: kernel.Exactly[uint64](9), WriteBytes: kernel.Exactly[uint64](10),
	}
	ending := trace.Ending{Status: 3 << 8, StatusKnown: true, Usage: used, UsageKnown: true}
	for name, tt := range map[string]struct {
		exact  bool
		change func(*trace.Ending)
		want   func(*kernel.Ending)
	}{
		"all":             {true, func(*trace.Ending) {}, func(*kernel.Ending) {}},
		"no status":       {true, func(e *trace.Ending) { e.StatusKnown = false }, func(e *kernel.Ending) { e.Status = kernel.Figure[kernel.ExitStatus]{} }},
		"a parent's peak": {true, func(e *trace.Ending) { e.Usage.PeakMemoryAtMost = true }, func(e *kernel.Ending) { e.PeakMemory = kernel.Figure[uint64]{} }},
		"no address space": {true, func(e *trace.Ending) { e.Usage.PeakSpace = 0 },
			func(e *kernel.Ending) { e.PeakSpace = kernel.Figure[uint64]{} }},
		"core dumped": {true, func(e *trace.Ending) { e.Status |= 0x80 }, func(e *kernel.Ending) { e.CoreDumped = true }},
		"no usage": {true, func(e *trace.Ending) { e.UsageKnown = false },
			func(e *kernel.Ending) { *e = kernel.Ending{Status: e.Status} }},
		"threads missed": {true, func(e *trace.Ending) { e.Usage.AtLeast = true }, func(e *kernel.Ending) {
			e.UserTime, e.KernelTime = kernel.AtLeast[time.Duration](1), kernel.AtLeast[time.Duration](2)
			e.PageFaults = kernel.AtLeast[uint64](7)
			e.ReadOperations, e.WriteOperations = kernel.AtLeast[uint64](7), kernel.AtLeast[uint64](8)
			e.ReadBytes, e.WriteBytes = kernel.AtLeast[uint64](9), kernel.AtLeast[uint64](10)
		}},
		"a zombie": {false, func(*trace.Ending) {}, func(e *kernel.Ending) {
			*e = kernel.Ending{
				Status: e.Status, PageFaults: e.PageFaults,
				UserTime: kernel.AtLeast[time.Duration](1), KernelTime: kernel.AtLeast[time.Duration](2),
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			told, want := ending, all
			tt.change(&told)
			tt.want(&want)
			got := (&session{exact: tt.exact}).ending(&told)
			equal := cmp.AllowUnexported(kernel.Figure[uint64]{}, kernel.Figure[time.Duration]{},
				kernel.Figure[kernel.ExitStatus]{}, kernel.ExitStatus{})
			if diff := cmp.Diff(&want, got, equal); diff != "" {
				t.Errorf("told otherwise (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatHasNoTimeOfItsOwnHasThatOfTheEventBefore(t *testing.T) {
	var told []kernel.Event
	began := time.Now()
	w := &watch{
		session: &session{booted: began}, latest: began,
		tell: func(e kernel.Event) { told = append(told, e) },
	}
	for _, e := range []trace.Event{
		{Kind: trace.Lost, Lost: 2}, {Kind: trace.Birth, Time: time.Minute}, {Kind: trace.Lost, Lost: 3}, {Kind: trace.Gone},
	} {
		w.hear(&e)
	}
	for i, want := range []kernel.Event{
		{Kind: kernel.EventLost, Lost: 2, Time: began},
		{Kind: kernel.EventBirth, Time: began.Add(time.Minute)},
		{Kind: kernel.EventLost, Lost: 3, Time: began.Add(time.Minute)},
		{Kind: kernel.EventGone, Time: began.Add(time.Minute)},
	} {
		if diff := cmp.Diff(want, told[i]); diff != "" {
			t.Errorf("event %d (-want +got):\n%s", i, diff)
		}
	}
}

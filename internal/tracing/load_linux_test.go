package tracing

import (
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
	"jobobject/internal/trace"
)

// Nobody else waits for whoever takes long, and what there was no room for is
// told to be missing.
func TestWhoTakesLongIsToldWhatItHasMissed(t *testing.T) {
	testkit.NoLeaks(t)
	testkit.RequireFence(t)
	dir := testkit.TempGroup(t)
	tracer := tracerWith(t, trace.EBPF)
	var mu sync.Mutex
	counts := map[kernel.EventKind]uint64{}
	var lost uint64
	gate := make(chan struct{})
	w, err := tracer.Watch(dir, func(e kernel.Event) {
		<-gate
		mu.Lock()
		defer mu.Unlock()
		counts[e.Kind]++
		lost += e.Lost
	})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()

	const each, loops = 20_000, 2
	before := heap()
	run(t, fixtureIn(t, dir, "burst", strconv.Itoa(each), strconv.Itoa(loops)))
	if growth := int64(heap()) - int64(before); growth > 24<<20 {
		t.Errorf("the heap has grown by %d MB", growth>>20)
	}
	close(gate)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	mu.Lock()
	defer mu.Unlock()
	const all = each*loops + loops + 1
	told := counts[kernel.EventBirth] + counts[kernel.EventExec] + counts[kernel.EventExit]
	told += counts[kernel.EventPresent] + counts[kernel.EventGone] // what has made good for a loss
	if counts[kernel.EventLost] == 0 || lost == 0 || told+lost < 2*all+1 {
		t.Errorf("told of %d events and of %d that are lost, of %d processes", told, lost, all)
	}
	if came, went := counts[kernel.EventBirth]+counts[kernel.EventPresent], counts[kernel.EventExit]+counts[kernel.EventGone]; came != went {
		t.Errorf("%d have come and %d have gone", came, went)
	}
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// The first watch loads what the others use.
func BenchmarkFirstWatch(b *testing.B) {
	dir := testkit.TempGroup(b)
	tracer := New()
	for b.Loop() {
		listen(b, tracer, dir).close()
	}
}

func BenchmarkFurtherWatch(b *testing.B) {
	dir := testkit.TempGroup(b)
	tracer := tracerWith(b, trace.EBPF)
	listen(b, tracer, subgroup(b, dir, "other"))
	for b.Loop() {
		listen(b, tracer, dir).close()
	}
}

// From the exit of a process to the call that tells of it.
func BenchmarkExitToTell(b *testing.B) {
	dir := testkit.TempGroup(b)
	told := make(chan time.Duration, 1)
	w, err := tracerWith(b, trace.EBPF).Watch(dir, func(e kernel.Event) {
		if e.Kind == kernel.EventExit {
			told <- time.Since(e.Time)
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	var sum time.Duration
	for b.Loop() {
		run(b, shellIn(b, dir, "exit"))
		sum += <-told
	}
	b.ReportMetric(float64(sum.Nanoseconds())/float64(b.N), "ns/mean")
}

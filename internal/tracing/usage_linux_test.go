package tracing

import (
	"bytes"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
	"jobobject/internal/trace"
)

func TestNST40_each_process_counts_once_at_every_level(t *testing.T) {
	outer := testkit.TempGroup(t)
	inner := subgroup(t, outer, "inner")
	tracer := tracerWith(t, trace.EBPF)
	a, b := listen(t, tracer, outer), listen(t, tracer, inner)

	run(t, fixtureIn(t, inner, "burst", "100", "1")) // itself, a loop, and 100
	run(t, fixtureIn(t, outer, "burst", "50", "1"))

	for _, tt := range []struct {
		name string
		of   *listener
		want uint64
	}{{"inner", b, 102}, {"outer", a, 102 + 52}} {
		usage := tt.of.usage()
		if total := exactly(t, "total", usage.TotalProcesses); total != tt.want {
			t.Errorf("%s: %d processes, want %d", tt.name, total, tt.want)
		}
		if peak := exactly(t, "peak", usage.PeakProcesses); peak != 3 {
			t.Errorf("%s: %d at a time, want 3", tt.name, peak)
		}
	}
}

// A process that the kernel moves is counted where it comes, with all it has
// used, and only once if it comes back.
func TestACC10_who_is_moved_in_counts_with_what_it_had_used(t *testing.T) {
	dir := testkit.TempGroup(t)
	inside, outside := subgroup(t, dir, "inside"), subgroup(t, dir, "outside")
	w := listen(t, tracerWith(t, trace.EBPF), inside)
	const megabytes = 100
	cmd := fixtureIn(t, outside, "alloc", strconv.Itoa(megabytes), "hold")
	testkit.StartReady(t, cmd, nil)
	pid := cmd.Process.Pid

	move(t, pid, inside)
	usage := w.usage()
	if total := exactly(t, "total", usage.TotalProcesses); total != 1 {
		t.Errorf("%d processes", total)
	}
	if faults := exactly(t, "faults", usage.PageFaults); faults < megabytes/2 { // a page may have 2 MB
		t.Errorf("%d page faults of %d MB that were touched", faults, megabytes)
	}
	if peak, _ := usage.PeakProcessMemory.LowerBound(); peak < megabytes<<20 {
		t.Errorf("%v of memory, it has touched %d MB", usage.PeakProcessMemory, megabytes)
	}

	move(t, pid, outside)
	move(t, pid, inside)
	run(t, shellIn(t, inside, "exit"))
	usage = w.usage()
	if total := exactly(t, "total", usage.TotalProcesses); total != 2 {
		t.Errorf("%d processes, one of which has come twice", total)
	}
	if _, exact := usage.ReadBytes.Get(); exact {
		t.Errorf("read: %v, although somebody was away for a while", usage.ReadBytes)
	}
}

func TestACC12_the_peak_of_memory_is_that_of_the_largest_process(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := listen(t, tracerWith(t, trace.EBPF), dir)
	const megabytes = 200
	near := func(when string, want uint64) {
		t.Helper()
		peak := exactly(t, "peak "+when, w.usage().PeakProcessMemory)
		// The program that touches it needs some itself.
		if low, high := want<<20, want<<20*105/100+8<<20; peak < low || peak > high {
			t.Errorf("%s: %d MB, %d MB were touched", when, peak>>20, want)
		}
	}
	small := fixtureIn(t, dir, "alloc", strconv.Itoa(megabytes/2), "hold")
	testkit.StartReady(t, small, nil)
	near("while the small one lives", megabytes/2)
	large := fixtureIn(t, dir, "alloc", strconv.Itoa(megabytes), "release")
	testkit.StartReady(t, large, nil)
	near("when the large one has given it back", megabytes)
	_ = large.Process.Kill()
	_ = large.Wait()
	near("when the large one is dead", megabytes)
}

func TestACC11_what_is_read_and_written_is_counted_before_and_after_death(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := listen(t, tracerWith(t, trace.EBPF), dir)
	cmd := exec.Command("/bin/dd", "of=/dev/null", "bs=64k", "iflag=fullblock", "status=none")
	testkit.InGroup(t, cmd, dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const blocks = 100
	block := bytes.Repeat([]byte{1}, 64<<10)
	before, _ := w.usage().ReadBytes.LowerBound()
	for range blocks {
		if _, err := in.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	written := func() uint64 { return exactly(t, "written", w.usage().WriteBytes) }
	testkit.Within(t, patience, "all blocks to be written on", func() bool { return written() >= blocks*64<<10 })
	living := w.usage()
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	dead := w.usage()

	for when, usage := range map[string]struct{ read, written, writes uint64 }{
		"alive": {exactly(t, "read", living.ReadBytes), exactly(t, "written", living.WriteBytes), exactly(t, "writes", living.WriteOperations)},
		"dead":  {exactly(t, "read", dead.ReadBytes), exactly(t, "written", dead.WriteBytes), exactly(t, "writes", dead.WriteOperations)},
	} {
		// It reads its libraries too, some of which before it was asked first.
		if read := usage.read; read < blocks*64<<10 || read > blocks*64<<10+before+1<<20 {
			t.Errorf("%s: %d bytes read of %d", when, read, blocks*64<<10)
		}
		if usage.written != blocks*64<<10 || usage.writes != blocks {
			t.Errorf("%s: %d bytes written in %d calls", when, usage.written, usage.writes)
		}
	}
}

// Processes that do nothing but die change from one of the living to one of the
// dead, and what all of them have used stays the same at every moment.
func TestACC16_who_dies_during_a_query_is_seen_once(t *testing.T) {
	testkit.RequireFence(t)
	dir := testkit.TempGroup(t)
	w := listen(t, tracerWith(t, trace.EBPF), dir)
	const children = 1500
	cmd := fixtureIn(t, dir, "children", strconv.Itoa(children))
	pids := testkit.StartReady(t, cmd, nil)
	start := w.usage()
	want, calls := exactly(t, "written", start.WriteBytes), exactly(t, "writes", start.WriteOperations)
	if want < 8*children || calls < children {
		t.Fatalf("%d bytes in %d calls, although each child has reported itself", want, calls)
	}

	go func() {
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}()
	queries := 0
	for dead := false; !dead; queries++ {
		dead = count(kernel.EventExit, w.told()) == children
		usage := w.usage()
		if got, exact := usage.WriteBytes.Get(); exact && got != want {
			t.Fatalf("query %d: %d bytes written, want %d", queries, got, want)
		} else if bound, _ := usage.WriteBytes.LowerBound(); bound > want {
			t.Fatalf("query %d: at least %d bytes written, want %d", queries, bound, want)
		}
	}
	if got := exactly(t, "written", w.usage().WriteBytes); got != want {
		t.Errorf("%d bytes written by the dead, want %d", got, want)
	}
	t.Logf("%d queries", queries)
}

func TestPoorerMeansClaimNothing(t *testing.T) {
	for _, means := range []trace.Means{trace.ProcConnector, trace.Sampler} {
		t.Run(string(means), func(t *testing.T) {
			testkit.NoLeaks(t)
			dir := testkit.TempGroup(t)
			tracer := tracerWith(t, means)
			w := listen(t, tracer, dir)
			cmd := fixtureIn(t, dir, "tree", "2", "3")
			testkit.StartReady(t, cmd, nil)
			testkit.Within(t, patience, "all births", func() bool { return count(kernel.EventBirth, w.flushed()) == 4 })
			usage := w.usage()
			if got := usage.TotalProcesses.String(); got != "at least 4" {
				t.Errorf("total: %s", got)
			}
			if got := usage.PeakProcesses.String(); got != "at least 4" {
				t.Errorf("peak: %s", got)
			}
			for name, figure := range map[string]interface{ String() string }{
				"peak of memory": usage.PeakProcessMemory, "faults": usage.PageFaults, "reads": usage.ReadOperations,
				"written": usage.WriteBytes, "user time": usage.UserTime,
			} {
				if figure.String() != "unknown" {
					t.Errorf("%s: %v", name, figure)
				}
			}
			if ready := open(t, tracer); ready.Name() != string(means) || ready.Misses() == "" {
				t.Errorf("%s misses %q", ready.Name(), ready.Misses())
			}
		})
	}
}

// What the accounting of a job with 1000 members takes, also in processor time:
// that is the same on a busy machine.
func BenchmarkUsageOf1000Members(b *testing.B) {
	testkit.RequireFence(b)
	dir := testkit.TempGroup(b)
	w := listen(b, tracerWith(b, trace.EBPF), dir)
	testkit.StartReady(b, fixtureIn(b, dir, "children", "1000"), nil)
	before := processorTime(b)
	for b.Loop() {
		usage := w.usage()
		if total, exact := usage.TotalProcesses.Get(); total != 1001 || !exact {
			b.Fatalf("%v processes", usage.TotalProcesses)
		}
	}
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
}

// processorTime is what this process has had of it, in nanoseconds.
func processorTime(b *testing.B) int64 {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}

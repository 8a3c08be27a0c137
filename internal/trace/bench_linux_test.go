package trace

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"jobobject/internal/testkit"
	"jobobject/internal/trace/bpf"
)

// life is what one process has in the ring: birth, exec, exit.
func life(pid uint32, group uint64) [3][]byte {
	record := func(kind bpf.Kind, size int) []byte {
		raw := make([]byte, size)
		binary.LittleEndian.PutUint16(raw, uint16(kind))
		binary.LittleEndian.PutUint32(raw[4:], pid)
		binary.LittleEndian.PutUint64(raw[16:], uint64(pid))
		binary.LittleEndian.PutUint64(raw[24:], group)
		binary.LittleEndian.PutUint64(raw[32:], group)
		binary.LittleEndian.PutUint32(raw[56:], 1)
		copy(raw[64:], "true")
		return raw
	}
	exec := record(bpf.Exec, 472)
	binary.LittleEndian.PutUint16(exec[80:], 9)
	binary.LittleEndian.PutUint16(exec[82:], 10)
	copy(exec[88:], "/bin/true")
	copy(exec[88+128:], "/bin/true\x00")
	return [3][]byte{record(bpf.Birth, 80), exec, record(bpf.Exit, 184)}
}

// From the bytes of the ring to events that somebody reads.
func BenchmarkRecordsToEvents(b *testing.B) {
	const group = 4711
	queue := NewQueue(1 << 12)
	w := &Watch{group: groupWith(group), queue: queue}
	s := &kernelSource{table: newTable()}
	s.table.add(w)
	var lives [][3][]byte
	for pid := range uint32(1000) {
		lives = append(lives, life(pid+1, group))
	}
	buffer := make([]Event, 1<<12)
	var r bpf.Record
	told := 0
	for i := 0; b.Loop(); i++ {
		for _, raw := range lives[i%len(lives)] {
			if err := bpf.Decode(raw, &r); err != nil {
				b.Fatal(err)
			}
			s.dispatch(&r)
		}
		if queue.Len() > len(buffer)/2 {
			told += queue.take(buffer)
		}
	}
	told += queue.take(buffer)
	if told != 3*b.N {
		b.Fatalf("%d events of %d records", told, 3*b.N)
	}
	b.ReportMetric(float64(told)/b.Elapsed().Seconds(), "events/s")
}

func groupWith(id uint64) group { return group{id: id} }

// What tracing costs whoever does nothing but fork, exec and exit.
func BenchmarkForkHeavyLoad(b *testing.B) {
	const script = `i=0; while [ $i -lt 100 ]; do /bin/true; i=$((i+1)); done`
	compareWatched(b, func(dir string) *exec.Cmd { return shellIn(b, dir, script) })
}

// What it costs a build: 60 small files in C, on two processors.
func BenchmarkForkHeavyBuild(b *testing.B) {
	for _, program := range []string{"make", "gcc", "ar"} {
		if _, err := exec.LookPath(program); err != nil {
			b.Skip(err)
		}
	}
	source := b.TempDir()
	const rules = "OBJECTS = $(patsubst %.c,%.o,$(wildcard *.c))\nlib.a: $(OBJECTS)\n\tar rcs $@ $^\n%.o: %.c\n\tgcc -O1 -c $< -o $@\n"
	writeFile(b, filepath.Join(source, "Makefile"), rules)
	for i := range 60 {
		writeFile(b, filepath.Join(source, fmt.Sprintf("f%d.c", i)), fmt.Sprintf("int f%d(int x) { return x + %[1]d; }\n", i))
	}
	compareWatched(b, func(dir string) *exec.Cmd { return shellIn(b, dir, `cd "$1" && exec make -s -B -j2`, source) })
}

func writeFile(b *testing.B, path, content string) {
	b.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		b.Fatal(err)
	}
}

// compareWatched runs a command with and without a watch, one right after the
// other, and tells the median of their proportions, as the machine has its moods: of
// the time that passes, and of the processor time of the processes themselves.
func compareWatched(b *testing.B, command func(dir string) *exec.Cmd) {
	tracer, err := OpenOnly(EBPF)
	if err != nil {
		b.Skip(err)
	}
	defer tracer.Close()
	dir := testkit.TempGroup(b)
	round := func(watched bool) (elapsed, processor time.Duration) {
		if watched {
			w := watchOf(b, tracer, dir)
			defer func() {
				if totals := totalsOf(b, w.Watch); totals.Exits <= 100 {
					b.Fatalf("%d exits", totals.Exits)
				}
				w.end()
			}()
		}
		cmd := command(dir)
		began := time.Now()
		run(b, cmd)
		return time.Since(began), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	var elapsed, processor []float64
	for i := 0; b.Loop(); i++ {
		firstWatched := i%2 == 0
		time1, cpu1 := round(firstWatched)
		time2, cpu2 := round(!firstWatched)
		if !firstWatched {
			time1, time2, cpu1, cpu2 = time2, time1, cpu2, cpu1
		}
		elapsed = append(elapsed, float64(time1)/float64(time2))
		processor = append(processor, float64(cpu1)/float64(cpu2))
	}
	b.ReportMetric(median(elapsed), "with/without")
	b.ReportMetric(median(processor), "cpu-with/without")
}

func median[T cmp.Ordered](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

// How fast births and deaths come through, from the kernel to whoever reads, when
// all processors do nothing but make processes. What this machine can generate
// without a watch is told too.
func BenchmarkKernelToReader(b *testing.B) {
	testkit.RequireFence(b)
	tracer, err := OpenOnly(EBPF)
	if err != nil {
		b.Skip(err)
	}
	defer tracer.Close()
	const each = 10_000
	loops := runtime.NumCPU()
	dir := testkit.TempGroup(b)
	load := func() time.Duration {
		began := time.Now()
		run(b, fixtureIn(b, dir, "burst", itoa(each), itoa(loops)))
		return time.Since(began)
	}
	var with, without []time.Duration
	var lost uint64
	for b.Loop() {
		without = append(without, load())
		w := watchWith(b, tracer, dir, NewQueue(DefaultQueue))
		read := make(chan int)
		go func() { read <- readToTheEnd(w) }()
		began := time.Now()
		load()
		w.Close()
		told := <-read
		with = append(with, time.Since(began))
		totals := totalsOf(b, w.Watch)
		lost += totals.LostInKernel + totals.LostInQueue
		if want := 2 * uint64(each*loops); totals.Births+totals.Exits < want || uint64(told)+lost < want {
			b.Fatalf("%d events told and %d lost of %d processes; counted %+v", told, lost, each*loops, totals)
		}
	}
	events := float64(2 * each * loops)
	b.ReportMetric(events/median(with).Seconds(), "events/s")
	b.ReportMetric(events/median(without).Seconds(), "generated/s")
	b.ReportMetric(float64(lost)/float64(b.N), "lost/op")
}

// readToTheEnd returns how many births, execs and exits were told.
func readToTheEnd(w *watching) (told int) {
	buffer := make([]Event, 256)
	for {
		n, err := w.queue.Read(context.Background(), buffer)
		if err != nil {
			return told
		}
		for _, e := range buffer[:n] {
			switch e.Kind {
			case Ended:
				return told
			case Birth, Exec, Exit:
				told++
			}
		}
	}
}

// From the exit of the last process to the event that tells of it.
func BenchmarkExitLatency(b *testing.B) {
	tracer, err := OpenOnly(EBPF)
	if err != nil {
		b.Skip(err)
	}
	defer tracer.Close()
	dir := testkit.TempGroup(b)
	w := watchOf(b, tracer, dir)
	var latencies []time.Duration
	for b.Loop() {
		cmd := shellIn(b, dir, "exit")
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		exit := w.until("exit", func(e Event) bool { return e.Kind == Exit })
		latencies = append(latencies, now()-exit.Time)
		_ = cmd.Wait()
	}
	b.ReportMetric(float64(median(latencies).Nanoseconds()), "ns/median")
	b.ReportMetric(float64(latencies[len(latencies)*99/100].Nanoseconds()), "ns/p99")
}

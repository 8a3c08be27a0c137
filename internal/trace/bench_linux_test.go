package trace

import (
	"encoding/binary"
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

// What tracing costs whoever does nothing but fork, exec and exit. Each operation
// is 100 processes; both ways take turns and medians are compared, as the machine
// has its moods.
func BenchmarkForkHeavyLoad(b *testing.B) {
	const script = `i=0; while [ $i -lt 100 ]; do /bin/true; i=$((i+1)); done`
	tracer, err := OpenOnly(EBPF)
	if err != nil {
		b.Skip(err)
	}
	defer tracer.Close()
	dir := testkit.TempGroup(b)
	var with, without []time.Duration
	round := func() time.Duration {
		began := time.Now()
		run(b, shellIn(b, dir, script))
		return time.Since(began)
	}
	for b.Loop() {
		without = append(without, round())
		w := watchOf(b, tracer, dir)
		with = append(with, round())
		if totals := totalsOf(b, w.Watch); totals.Exits != 101 {
			b.Fatalf("%d exits", totals.Exits)
		}
		w.end()
	}
	b.ReportMetric(float64(median(with))/float64(median(without)), "with/without")
}

func median(durations []time.Duration) time.Duration {
	slices.Sort(durations)
	return durations[len(durations)/2]
}

// How fast births and deaths come through, from the kernel to whoever reads.
func BenchmarkKernelToReader(b *testing.B) {
	tracer, err := OpenOnly(EBPF)
	if err != nil {
		b.Skip(err)
	}
	defer tracer.Close()
	dir := testkit.TempGroup(b)
	w := watchOf(b, tracer, dir)
	began := time.Now()
	for b.Loop() {
		run(b, shellIn(b, dir, forkLoop, "2000"))
	}
	events := w.end()
	b.ReportMetric(float64(len(events))/time.Since(began).Seconds(), "events/s")
	if totals := totalsOf(b, w.Watch); totals.LostInKernel+totals.LostInQueue > 0 {
		b.Errorf("lost %d and %d", totals.LostInKernel, totals.LostInQueue)
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

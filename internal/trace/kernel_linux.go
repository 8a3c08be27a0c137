package trace

import (
	"errors"
	"sync"
	"time"

	"jobobject/internal/trace/bpf"
)

// pause is how long the reader lets events gather that are not urgent, once some
// have come.
const pause = 2 * time.Millisecond

// kernelSource is eBPF: one set of programs and one goroutine that reads what
// they tell.
type kernelSource struct {
	*mailbox
	programs *bpf.Programs

	// change is held while the set of watches changes and while a census is
	// taken: one thing at a time.
	change   sync.Mutex
	recounts sync.WaitGroup

	// What follows belongs to the goroutine that reads.
	table table
	lost  uint64
}

func newKernelSource() (source, error) { return loadKernelSource(bpf.Options{}) }

func loadKernelSource(o bpf.Options) (source, error) {
	programs, err := bpf.Load(o)
	if err != nil {
		return nil, refused(err)
	}
	s := &kernelSource{mailbox: newMailbox(programs.Interrupt), programs: programs, table: newTable()}
	go s.read()
	return s, nil
}

func (s *kernelSource) means() Means   { return EBPF }
func (s *kernelSource) misses() string { return "" }

// close unloads the programs. There are no watches any more.
func (s *kernelSource) close() error {
	s.recounts.Wait()
	return errors.Join(s.stop(), s.programs.Close())
}

// read is the goroutine. It takes requests before it drains the ring, and grants
// them after: whoever asks finds all done that had happened before.
func (s *kernelSource) read() {
	defer close(s.ended)
	for waited := 0; ; {
		requests, stopping := s.take()
		n, err := s.programs.Drain(s.dispatch)
		if err != nil {
			s.fail(err)
			return
		}
		s.noteLosses()
		for _, grant := range requests {
			grant()
		}
		if stopping {
			return
		}
		if s.mail() {
			continue
		}
		// As long as events come there is a pause between two looks, and no
		// process has to wake this goroutine up.
		howLong := time.Duration(0)
		if n+waited > 0 {
			howLong = pause
		}
		if waited, err = s.programs.Wait(howLong, s.dispatch); err != nil {
			s.fail(err)
			return
		}
	}
}

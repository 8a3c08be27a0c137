package trace

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"jobobject/internal/trace/bpf"
)

// The reader lets events that are not urgent gather once some have come, for
// longer and longer as they go on coming: looking costs more than reading.
const (
	shortestPause = 4 * time.Millisecond
	longestPause  = 16 * time.Millisecond
)

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

func (s *kernelSource) means() Means { return EBPF }

func (s *kernelSource) misses() string {
	if n := s.programs.Untracked(); n > 0 {
		return fmt.Sprintf("the kernel has had no memory for it in %d cases: that a process is moved out of a group may be missed", n)
	}
	return ""
}

// close unloads the programs. There are no watches any more.
func (s *kernelSource) close() error {
	s.recounts.Wait()
	return errors.Join(s.stop(), s.programs.Close())
}

// read is the goroutine. It takes requests before it drains the ring, and grants
// them after: whoever asks finds all done that had happened before.
func (s *kernelSource) read() {
	defer close(s.ended)
	pause := time.Duration(0)
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
		if n+waited > 0 {
			pause = min(max(2*pause, shortestPause), longestPause)
		} else {
			pause = 0
		}
		if waited, err = s.programs.Wait(pause, s.dispatch); err != nil {
			s.fail(err)
			return
		}
	}
}

package trace

import (
	"fmt"
	"sync"
)

// The means that are at work, and how many use them.
var (
	sharedMu sync.Mutex
	shared   = map[Means]*reference{}
)

type reference struct {
	source source
	users  int
}

// makers are filled in by the files that have the means.
var makers = map[Means]func() (source, error){
	EBPF:          newKernelSource,
	ProcConnector: newConnectorSource,
	Sampler:       newSamplerSource,
}

// acquire begins to use a means, and to make it work if nobody has.
func acquire(means Means) (source, error) {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if r := shared[means]; r != nil {
		r.users++
		return r.source, nil
	}
	make, known := makers[means]
	if !known {
		return nil, fmt.Errorf("no means of tracing is called %q", means)
	}
	s, err := make()
	if err != nil {
		return nil, err
	}
	shared[means] = &reference{source: s, users: 1}
	return s, nil
}

// share counts one more user of what is in use.
func share(s source) {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if r := shared[s.means()]; r != nil && r.source == s {
		r.users++
	}
}

// release ends a use, and the means after its last.
func release(s source) error {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	r := shared[s.means()]
	if r == nil || r.source != s {
		return nil // one of its own, as tests have
	}
	r.users--
	if r.users > 0 {
		return nil
	}
	delete(shared, s.means())
	return s.close()
}

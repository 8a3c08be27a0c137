package trace

import (
	"fmt"
	"sync"
)

// The means that are at work, and how many use them.
var (
	sharedMu sync.Mutex
	shared   = map[any]*reference{} // by Means, or by the Listing of a sampler
)

type reference struct {
	key    any
	source source
	users  int
}

// makers are filled in by the files that have the means.
var makers = map[Means]func() (source, error){
	EBPF:          newKernelSource,
	ProcConnector: newConnectorSource,
	Sampler:       newSamplerSource,
}

func acquireMeans(means Means) (source, error) {
	make, known := makers[means]
	if !known {
		return nil, fmt.Errorf("no means of tracing is called %q", means)
	}
	return acquire(means, make)
}

// acquire begins to use a means, and to make it work if nobody has.
func acquire(key any, make func() (source, error)) (source, error) {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if r := shared[key]; r != nil {
		r.users++
		return r.source, nil
	}
	s, err := make()
	if err != nil {
		return nil, err
	}
	shared[key] = &reference{key: key, source: s, users: 1}
	return s, nil
}

// referenceTo is nil for one of its own, as tests have.
func referenceTo(s source) *reference {
	for _, r := range shared {
		if r.source == s {
			return r
		}
	}
	return nil
}

// share counts one more user of what is in use.
func share(s source) {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if r := referenceTo(s); r != nil {
		r.users++
	}
}

// release ends a use, and the means after its last.
func release(s source) error {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	r := referenceTo(s)
	if r == nil {
		return nil
	}
	r.users--
	if r.users > 0 {
		return nil
	}
	delete(shared, r.key)
	return s.close()
}

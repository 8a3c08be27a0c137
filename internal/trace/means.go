package trace

import "context"

// Means are ways to see what happens, from the best to the poorest.
type Means string

// The means. Auto is the best one that this host allows.
const (
	Auto          Means = ""
	EBPF          Means = "eBPF"
	ProcConnector Means = "proc connector"
	Sampler       Means = "sampler"
)

// source is a means at work. Its methods may be called by several goroutines.
type source interface {
	means() Means
	misses() string
	watch(w *Watch) error
	// unwatch returns when nothing will be reported to the watch any more.
	unwatch(w *Watch) (Totals, error)
	totals(w *Watch) (Totals, error)
	used(w *Watch) (Used, error)
	flush(ctx context.Context) error
	close() error
}

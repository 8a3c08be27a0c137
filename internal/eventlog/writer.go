package eventlog

import (
	"fmt"
	"io"

	"jobobject"
)

// Writer writes events to a place that may turn out to be full or gone. It takes
// that as it comes, for the job is more important, and tells of it at the end.
type Writer struct {
	out     io.WriteCloser
	failed  error
	missing uint64
}

// NewWriter writes to out, and closes it with itself.
func NewWriter(out io.WriteCloser) *Writer { return &Writer{out: out} }

// Write writes one event, unless writing has failed before: a gap in the middle
// would look like a complete log.
func (w *Writer) Write(e jobobject.Event) {
	if w.failed == nil {
		text, err := JSON(e)
		if err == nil {
			_, err = w.out.Write(text)
		}
		w.failed = err
	}
	if w.failed != nil {
		w.missing++
	}
}

// Close tells why the last events are missing, and how many they are.
func (w *Writer) Close() error {
	err := w.out.Close()
	if w.failed == nil {
		return err
	}
	events := "events are"
	if w.missing == 1 {
		events = "event is"
	}
	return fmt.Errorf("%w; the last %d %s missing in it", w.failed, w.missing, events)
}

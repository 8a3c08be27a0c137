package fakegroup

import (
	"errors"
	"slices"
	"strings"
)

// ErrFault is what an injected failure is, unless a test wants another error.
var ErrFault = errors.New("injected fault")

// Fault is a failure that is to come.
type Fault struct {
	op    string // "" for any
	skip  int    // so many calls pass before
	err   error
	where string // the call that failed
}

// Happened tells which call it was; "" while it was none.
func (f *Fault) Happened() string { return f.where }

// Fail makes the next call of that name fail, before it has any effect: "find",
// "place", "top", "outside", "states", "start at", "plan", "make", "set state",
// "start", "attach", "members", "signal", "end", "renew", "wait empty",
// "freeze", "thaw", "usage", "remove", "wait", "resume", "signal child", "watch",
// "trace", "flush", "traced usage", "untrace", "open tracer",
// "can hold", "hold", "blows", "user times", "populated", "memories", "transfers",
// "throttling", "read meter", "count", "kill", "impose", "can impose", "trim", "can trim".
func (m *Machine) Fail(op string) *Fault { return m.inject(&Fault{op: op, err: ErrFault}) }

// FailWith is Fail with an error of the test's choice.
func (m *Machine) FailWith(op string, err error) *Fault { return m.inject(&Fault{op: op, err: err}) }

// FailLater makes the call of that name fail that comes after n others of it.
func (m *Machine) FailLater(op string, n int) *Fault {
	return m.inject(&Fault{op: op, skip: n, err: ErrFault})
}

// FailAfter makes the call fail that comes after n others, whichever it is.
func (m *Machine) FailAfter(n int) *Fault { return m.inject(&Fault{skip: n, err: ErrFault}) }

func (m *Machine) inject(f *Fault) *Fault {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, f)
	return f
}

// Mend takes back the failures that have not come.
func (m *Machine) Mend() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = nil
}

// call notes a call in the journal and says whether it is to fail.
func (m *Machine) call(op, on string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	line := strings.TrimSpace(op + " " + on)
	m.journal = append(m.journal, line)
	for i, f := range m.faults {
		if f.op != "" && f.op != op {
			continue
		}
		if f.skip > 0 {
			f.skip--
			continue
		}
		f.where = line
		m.faults = slices.Delete(m.faults, i, i+1)
		return f.err
	}
	return nil
}

// Journal has the calls since it was last read, each as its name and what it was
// about; those that failed are in it too.
func (m *Machine) Journal() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	lines := m.journal
	m.journal = nil
	return lines
}

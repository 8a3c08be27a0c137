package model

import (
	"flag"
	"math/rand/v2"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

const (
	mostJobs      = 5
	mostProcesses = 10
)

// weights say how often an operation is drawn.
var weights = []struct {
	op     Op
	weight int
}{
	{Create, 4},
	{Assign, 10},
	{Start, 8},
	{StartOutside, 1},
	{Fork, 4},
	{Exit, 2},
	{Kill, 2},
	{Wait, 3},
	{Resume, 2},
	{Terminate, 3},
	{Close, 2},
	{Duplicate, 1},
	{SetLimits, 2},
	{Freeze, 2},
	{Thaw, 2},
	{Current, 1},
}

// nothing stands in the place of a step that a sequence does not need.
const nothing Op = ""

func operations() []Op {
	ops := []Op{nothing} // shrinking makes for the first of them
	for _, w := range weights {
		for range w.weight {
			ops = append(ops, w.op)
		}
	}
	return ops
}

// drawn is a step before it is known what there is that it can be about. Its
// numbers are taken modulo what there is, so that steps can be left out of a
// sequence and the others still mean something.
type drawn struct {
	op               Op
	job, handle      int
	process          int
	also             []int
	code             int
	limits           int
	suspended, leave bool
	missing          bool
}

// GoString is for the report of a failure, which lists what was drawn before the
// steps that came of it.
func (d drawn) GoString() string { return string(d.op) }

func drawing() *rapid.Generator[drawn] {
	number := rapid.IntRange(0, 7)
	ops := rapid.SampledFrom(operations())
	rarely := rapid.Map(rapid.IntRange(0, 9), func(n int) bool { return n == 9 })
	also := rapid.SliceOfN(number, 0, 2)
	return rapid.Custom(func(t *rapid.T) drawn {
		d := drawn{op: ops.Draw(t, "op"), job: number.Draw(t, "job"), handle: number.Draw(t, "handle")}
		switch d.op {
		case Create, SetLimits:
			d.limits = number.Draw(t, "limits")
		case Start, StartOutside:
			d.also = also.Draw(t, "also")
			d.suspended, d.leave = rarely.Draw(t, "suspended"), number.Draw(t, "breakaway") > 4
			d.missing = rarely.Draw(t, "missing")
		case Terminate, Exit:
			d.code = number.Draw(t, "code") + 1
		}
		d.process = number.Draw(t, "process")
		return d
	})
}

// Sequence draws up to so many steps that can be done one after the other. It takes
// some more to have enough that can. What the system is known not to have each fit may
// take out of a step, or is false where nothing of it is left.
func Sequence(t *rapid.T, most int, fit ...func(*Step) bool) []Step {
	world := NewWorld()
	world.Do(Step{Op: Create})
	steps := []Step{{Op: Create}}
	for _, d := range rapid.SliceOfN(drawing(), 2*most, 2*most).Draw(t, "steps") {
		step, ok := world.aim(d)
		for _, fits := range fit {
			ok = ok && fits(&step)
		}
		if !ok || d.op == nothing || !world.Allowed(step) {
			continue
		}
		world.Do(step)
		steps = append(steps, step)
		if world.SelfDied() || len(steps) == most {
			break
		}
	}
	return steps
}

// aim says what a drawn step is about.
func (w *World) aim(d drawn) (step Step, ok bool) {
	step = Step{
		Op: d.op, Job: d.job % len(w.jobs), Process: w.aimProcess(d.process),
		Code: d.code, Suspended: d.suspended, Breakaway: d.leave, Missing: d.missing,
		Limits: Limits{
			KillOnClose:       d.limits&1 != 0,
			BreakawayOK:       d.limits&2 != 0,
			SilentBreakawayOK: d.limits&4 != 0,
		},
	}
	step.Handle = d.handle % len(w.jobs[step.Job].handles)
	for _, also := range d.also {
		step.Also = append(step.Also, also%len(w.jobs))
	}
	switch d.op {
	case Create:
		return step, len(w.jobs) < mostJobs
	case Start, StartOutside, Fork:
		return step, len(w.processes) < mostProcesses
	}
	return step, true
}

// aimProcess makes the caller one of many.
func (w *World) aimProcess(drawn int) int {
	if others := len(w.processes) - 1; drawn > 0 && others > 0 {
		return 1 + (drawn-1)%others
	}
	return 0
}

// Check tries a property on that many random sequences, fewer with -short, or as
// many as the flag -rapid.checks says, and tells the seed with which it does.
func Check(t *testing.T, checks int, property func(*rapid.T)) {
	t.Helper()
	defer setFlag(t, "rapid.checks", "100", strconv.Itoa(checks))()
	defer setFlag(t, "rapid.seed", "0", strconv.FormatUint(rand.Uint64N(1<<62), 10))()
	defer setFlag(t, "rapid.nofailfile", "false", "true")()
	t.Logf("-rapid.checks=%v -rapid.seed=%v", flag.Lookup("rapid.checks").Value, flag.Lookup("rapid.seed").Value)
	rapid.Check(t, property)
}

// setFlag gives a flag of rapid another default for a while.
func setFlag(t *testing.T, name, usual, value string) (restore func()) {
	t.Helper()
	before := flag.Lookup(name).Value.String()
	if before != usual {
		return func() {}
	}
	set := func(to string) {
		if err := flag.Set(name, to); err != nil {
			t.Fatal(err)
		}
	}
	set(value)
	return func() { set(before) }
}

package engine_test

import (
	"errors"
	"os/exec"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"jobobject/internal/engine"
	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

// world is an engine on a machine in memory. It lives in a bubble of its own,
// where time passes only while everybody waits.
type world struct {
	*testing.T
	machine *fakegroup.Machine
	guard   *fakegroup.Guard
	engine  *engine.Engine
}

// given runs a test in a new world.
func given(t *testing.T, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		machine := fakegroup.New()
		guard := machine.Guard()
		test(&world{T: t, machine: machine, guard: guard, engine: engine.New(machine, guard, machine.Tracer())})
	})
}

// job makes a job. Nobody closes it: it goes with its world.
func (w *world) job(limits ...kernel.Limits) kernel.Job {
	w.Helper()
	var options kernel.CreateOptions
	for _, l := range limits {
		options.Limits = l
	}
	job, existed, err := w.engine.CreateJob("", options)
	w.must(err)
	if existed {
		w.Fatal("a new job existed before")
	}
	// What watches its time must not outlive the world.
	w.Cleanup(func() {
		w.machine.Mend()
		_ = job.SetLimits(kernel.Limits{})
		_ = job.SetNotificationLimits(kernel.NotificationLimits{})
	})
	return job
}

var (
	killOnClose     = kernel.Limits{KillOnClose: true}
	breakawayOK     = kernel.Limits{BreakawayOK: true}
	silentBreakaway = kernel.Limits{SilentBreakawayOK: true}
)

func program() *exec.Cmd { return &exec.Cmd{Path: "/program"} }

// missing is a program that cannot be started.
func missing() *exec.Cmd { return &exec.Cmd{Path: "/missing", Err: exec.ErrNotFound} }

// start starts a process and gives it as the engine and as the machine see it.
func (w *world) start(job kernel.Job, options ...kernel.StartOptions) *started {
	w.Helper()
	var all kernel.StartOptions
	for _, o := range options {
		all.Suspended = all.Suspended || o.Suspended
		all.Breakaway = all.Breakaway || o.Breakaway
		all.AlsoIn = append(all.AlsoIn, o.AlsoIn...)
	}
	process, err := job.Start(program(), all)
	w.must(err)
	return &started{process, w.numbered(process.Pid())}
}

var (
	suspended = kernel.StartOptions{Suspended: true}
	breakaway = kernel.StartOptions{Breakaway: true}
)

func alsoIn(jobs ...kernel.Job) kernel.StartOptions { return kernel.StartOptions{AlsoIn: jobs} }

type started struct {
	kernel.Process
	body *fakegroup.Process
}

func (w *world) numbered(pid int) *fakegroup.Process {
	w.Helper()
	for _, p := range w.machine.Processes() {
		if p.Pid() == pid {
			return p
		}
	}
	w.Fatalf("there is no process %d", pid)
	return nil
}

// outsider is assigned to jobs later.
func (w *world) outsider() *fakegroup.Process { return w.machine.Outsider() }

// member is an outsider that has been assigned, to one job after the other.
func (w *world) member(jobs ...kernel.Job) *fakegroup.Process {
	w.Helper()
	p := w.outsider()
	for _, job := range jobs {
		w.must(job.Assign(p.Pid()))
	}
	return p
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) mustBe(err, want error) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Fatalf("got error %v, want one that is %v", err, want)
	}
}

// mustNot shows that a call fails with that error and that nothing is different
// after it.
func (w *world) mustNot(want error, call func() error) {
	w.Helper()
	before := w.machine.Snapshot()
	w.mustBe(call(), want)
	w.same(before, w.machine.Snapshot())
}

func (w *world) same(want, got any) {
	w.Helper()
	everything := cmp.Exporter(func(reflect.Type) bool { return true })
	if diff := cmp.Diff(want, got, everything); diff != "" {
		w.Fatalf("want -, got +:\n%s", diff)
	}
}

// has shows that a job lists exactly these, that it contains them, and that it
// counts them as active.
func (w *world) has(job kernel.Job, want ...*fakegroup.Process) {
	w.Helper()
	pids := []int{}
	for _, p := range want {
		pids = append(pids, p.Pid())
		w.in(job, p, true)
	}
	got, err := job.Processes()
	w.must(err)
	if got == nil {
		w.Fatal("an empty list of processes is nil")
	}
	slices.Sort(got)
	slices.Sort(pids)
	w.same(pids, got)
	if active, exact := w.accounting(job).ActiveProcesses.Get(); !exact || active != uint64(len(want)) {
		w.Fatalf("active processes: %v, want %d", w.accounting(job).ActiveProcesses, len(want))
	}
}

func (w *world) in(job kernel.Job, p *fakegroup.Process, want bool) {
	w.Helper()
	got, err := job.Contains(p.Pid())
	w.must(err)
	if got != want {
		w.Fatalf("job contains process %d: %v, want %v", p.Pid(), got, want)
	}
}

func (w *world) accounting(job kernel.Job) kernel.Accounting {
	w.Helper()
	figures, err := job.Accounting()
	w.must(err)
	return figures
}

// total is the least that a job knows of how many members it ever had.
func (w *world) total(job kernel.Job) uint64 {
	w.Helper()
	total, known := w.accounting(job).TotalProcesses.LowerBound()
	if !known {
		w.Fatal("a job knows nothing of its total")
	}
	return total
}

func (w *world) counts(job kernel.Job, total, active uint64) {
	w.Helper()
	got, _ := w.accounting(job).ActiveProcesses.Get()
	w.same([]uint64{total, active}, []uint64{w.total(job), got})
}

// alive shows that these can run.
func (w *world) alive(processes ...*fakegroup.Process) {
	w.Helper()
	for _, p := range processes {
		if !p.Alive() {
			w.Fatalf("process %d is dead", p.Pid())
		}
	}
}

func (w *world) dead(processes ...*fakegroup.Process) {
	w.Helper()
	for _, p := range processes {
		if p.Alive() {
			w.Fatalf("process %d lives", p.Pid())
		}
	}
}

// ended shows the exit code of a process.
func (w *world) ended(p kernel.Process, code int) {
	w.Helper()
	status, err := p.Wait()
	w.must(err)
	if status.ExitCode() != code {
		w.Fatalf("process ended with %v, want exit code %d", status, code)
	}
}

// after waits until everybody has come as far as they can.
func (w *world) settled() { synctest.Wait() }

// inBackground runs a call and says when it has returned.
func inBackground(call func() error) (returned chan error) {
	returned = make(chan error, 1)
	go func() { returned <- call() }()
	return returned
}

// pending shows that a call in the background has not returned.
func (w *world) pending(returned chan error) {
	w.Helper()
	w.settled()
	select {
	case err := <-returned:
		w.Fatalf("a call has returned already, with %v", err)
	default:
	}
}

// close closes a handle.
func (w *world) close(job kernel.Job) {
	w.Helper()
	w.must(job.Close())
}

// nothing shows that no group is left, nor anything that the guard watches.
func (w *world) nothing() {
	w.Helper()
	if left := w.machine.Groups(); len(left) > 0 {
		w.Fatalf("groups are left: %v", left)
	}
	if left := w.guard.Watched(); len(left) > 0 {
		w.Fatalf("the guard still watches %v", left)
	}
}

// startOutside starts a process that is in no job of a list.
func (w *world) startOutside(options kernel.StartOptions) *started {
	w.Helper()
	process, err := w.engine.StartOutside(program(), options)
	w.must(err)
	return &started{process, w.numbered(process.Pid())}
}

// survives shows that an error names exactly these.
func (w *world) survives(err error, want ...*fakegroup.Process) {
	w.Helper()
	var survivors *kernel.SurvivorsError
	if !errors.As(err, &survivors) {
		w.Fatalf("got error %v, want one that names survivors", err)
	}
	var got, pids []int
	for _, s := range survivors.Survivors {
		got = append(got, s.Pid)
	}
	for _, p := range want {
		pids = append(pids, p.Pid())
	}
	w.same(pids, got)
}

// closeAnother closes a job that has been used. Every such close removes what
// is left of others.
func (w *world) closeAnother() {
	w.Helper()
	job := w.job()
	p := w.member(job)
	p.Exit(0)
	p.Reap()
	w.close(job)
}

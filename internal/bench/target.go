package bench

import "fmt"

// Target is what the project wants to be held to. A value that was not measured
// is nil, and its target is missed.
type Target struct {
	Name  string   `json:"name"`
	Most  float64  `json:"at_most"`
	Value *float64 `json:"value"`
	Unit  string   `json:"unit"`
	Met   bool     `json:"met"`
}

// The figures that targets are about.
const (
	plainExec        = "plain exec"
	cycle            = "library: create, start, wait, close"
	cycleKillOnClose = "library: the same with KillOnClose"
	jobRun           = "job run"
	bwrapPeer        = "bwrap --unshare-pid"
	footprints       = "guard and owner"
	userTimes        = "user times of a second"
	activeProcesses  = "active processes"
	queries          = "1000"
)

const (
	timesPlain = "x plain exec"
	timesRaw   = "x raw"
	megabytes  = "MB"
	percent    = "% of a CPU"
	inMillis   = "ms"
)

// targets holds the figures against what was promised. Where only some figures
// were asked for, only what is about those is.
func (r *Report) targets(wanted func(section, name string) bool) (targets []Target) {
	add := func(section, figure string, t Target) {
		if wanted(section, figure) {
			t.Met = t.Value != nil && *t.Value <= t.Most
			targets = append(targets, t)
		}
	}
	for _, name := range []string{cycle, cycleKillOnClose} {
		add("launch", name, Target{Name: name, Most: 1.5, Unit: timesPlain, Value: r.launchRatio(name)})
	}
	add("launch", jobRun, Target{Name: jobRun, Most: 3, Unit: timesPlain, Value: r.launchRatio(jobRun)})
	if bwrap := r.launchRatio(bwrapPeer); bwrap != nil {
		add("launch", jobRun, Target{
			Name: jobRun + ", against " + bwrapPeer, Most: *bwrap, Unit: timesPlain, Value: r.launchRatio(jobRun),
		})
	}
	add("kill", "1000", Target{Name: "terminate 1000 processes", Most: 1.15, Unit: timesRaw, Value: r.killRatio(1000)})
	add("memory", footprints, Target{Name: "guard, resident", Most: 6, Unit: megabytes, Value: r.guardSize()})
	for _, name := range []string{userTimes, activeProcesses} {
		add("idle", name, Target{Name: "1000 idle jobs, " + name, Most: 1, Unit: percent, Value: r.idlePercent(name)})
	}
	add("accounting", queries, Target{Name: "accounting of 1000 traced members", Most: 1, Unit: inMillis, Value: r.queryMillis()})
	return targets
}

// Missed names the targets that were not met.
func (r *Report) Missed() (missed []string) {
	for _, t := range r.Targets {
		if !t.Met {
			missed = append(missed, t.String())
		}
	}
	return missed
}

func (t Target) String() string {
	value := "not measured"
	if t.Value != nil {
		value = fmt.Sprintf("%.2f", *t.Value)
	}
	return fmt.Sprintf("%s: %s, at most %.2f %s", t.Name, value, t.Most, t.Unit)
}

func (r *Report) launchRatio(name string) *float64 {
	for _, l := range r.Launch {
		if l.Name == name {
			return &l.Ratio
		}
	}
	return nil
}

func (r *Report) killRatio(processes int) *float64 {
	for _, k := range r.Kill {
		if k.Processes == processes && k.Terminate.Rounds > 0 {
			return &k.Ratio
		}
	}
	return nil
}

func (r *Report) guardSize() *float64 {
	if r.Memory == nil {
		return nil
	}
	size := float64(r.Memory.Guard.RSS) / 1e6
	return &size
}

func (r *Report) idlePercent(name string) *float64 {
	for _, i := range r.Idle {
		if i.Name == name {
			value := 100 * i.Share
			return &value
		}
	}
	return nil
}

func (r *Report) queryMillis() *float64 {
	if r.Queries == nil || r.Queries.Traced.Rounds == 0 {
		return nil
	}
	value := 1e3 * r.Queries.Traced.Median
	return &value
}

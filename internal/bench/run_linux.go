package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"time"
)

// Options say what is measured and with which programs.
type Options struct {
	Rounds       int            // of the launches; the rest follows from it
	Only         *regexp.Regexp // of the names, such as launch/job run or kill/1000; nil is all
	Job, Fixture string         // the built programs
	Player       string         // this one, which can call Play; "" where nobody does
	Progress     io.Writer
}

type run struct {
	options Options
	ground  *Ground
	report  *Report
}

// Run takes the figures. It moves this process to a ground of its own
// meanwhile. An ended ctx ends it early, with nothing left behind either.
func Run(ctx context.Context, options Options) (report *Report, err error) {
	ground, err := Enter()
	if err != nil {
		return nil, fmt.Errorf("enter a cgroup: %w", err)
	}
	defer func() { err = errors.Join(err, ground.Leave()) }()

	r := &run{options: options, ground: ground, report: &Report{
		Version: 1,
		Started: time.Now().UTC(),
		Host:    host(ground),
		Gap:     Gap.Seconds(),
		Launch:  []Launch{},
		Kill:    []Kill{},
		Idle:    []Idle{},
		Places:  []Place{},
		Skipped: []Skipped{},
	}}
	for _, section := range []func(context.Context) error{r.launches, r.kills, r.memory, r.idles, r.queries, r.places} {
		if err := section(ctx); err != nil {
			return nil, err
		}
	}
	r.report.Targets = r.report.targets(r.wanted)
	return r.report, nil
}

func host(g *Ground) Host {
	fence := fmt.Sprint(fenceLimit)
	if g.NoFence != nil {
		fence = "none (" + g.NoFence.Error() + ")"
	}
	return Host{
		Kernel: kernelRelease(),
		CPUs:   runtime.NumCPU(),
		Arch:   runtime.GOARCH,
		Go:     runtime.Version(),
		Layout: string(g.Layout),
		Fence:  fence,
	}
}

func (r *run) wanted(section, name string) bool {
	return r.options.Only == nil || r.options.Only.MatchString(section+"/"+name)
}

// able leaves those who are wanted and whom this host lets take part.
func (r *run) able(ctx context.Context, section string, contestants []Contestant) (able []Contestant) {
	for _, c := range contestants {
		if !r.wanted(section, c.Name) || ctx.Err() != nil {
			continue
		}
		if err := c.try(ctx); err != nil {
			r.skip(section, c.Name, err)
			continue
		}
		able = append(able, c)
	}
	return able
}

func (r *run) skip(section, name string, why error) {
	if r.wanted(section, name) {
		r.report.Skipped = append(r.report.Skipped, Skipped{Name: section + "/" + name, Why: why.Error()})
	}
}

func (r *run) say(format string, args ...any) { fmt.Fprintf(r.options.Progress, format+"\n", args...) }

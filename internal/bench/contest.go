package bench

import (
	"context"
	"fmt"
	"time"
)

// Gap is the idle time before each turn. In a tight loop the kernel's grace
// periods overlap, and moving a process into a cgroup looks a hundred times
// cheaper than a program that starts one command now and then finds it.
const Gap = 15 * time.Millisecond

// patience is how long anything may take that a healthy host does in a part of
// a second.
const patience = 20 * time.Second

// Contestant is one of those that are compared.
type Contestant struct {
	Name string
	// Turn does it once and says how long the part took that counts.
	Turn func(ctx context.Context) (time.Duration, error)
	// Trial says why this host cannot do it; nil is a turn whose time does not count.
	Trial func(ctx context.Context) error
}

func (c Contestant) try(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if c.Trial != nil {
		return c.Trial(ctx)
	}
	_, err := c.Turn(ctx)
	return err
}

// Compete lets the contestants take turns for so many rounds. Each round begins
// with another one, so that nobody always runs in the wake of the same neighbour.
func Compete(ctx context.Context, contestants []Contestant, rounds int) (map[string]Sample, error) {
	samples := map[string]Sample{}
	for round := range rounds {
		for i := range contestants {
			c := contestants[(round+i)%len(contestants)]
			idle(ctx)
			took, err := c.Turn(ctx)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", c.Name, round+1, err)
			}
			samples[c.Name] = append(samples[c.Name], took)
		}
	}
	return samples, nil
}

// idle does not watch ctx: a gap is short, and a timer would wake others up.
func idle(ctx context.Context) {
	if ctx.Err() == nil {
		time.Sleep(Gap)
	}
}

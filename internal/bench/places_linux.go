package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"jobobject"
)

// placeTrees are how many processes are ended in each place.
var placeTrees = []int{100, 1000}

// secondsWatched is in how many turns.
const secondsWatched = 5

// places compares what keeps jobs together, for those who have no choice.
func (r *run) places(ctx context.Context) (err error) {
	if !r.wanted("places", "mechanism") || r.options.Player == "" {
		return nil
	}
	var players []*player
	defer func() {
		for _, p := range players {
			err = errors.Join(err, p.leave())
		}
	}()
	for _, mechanism := range []string{jobobject.MechanismCgroup, jobobject.MechanismProctree} {
		p, err := r.player(mechanism)
		if err != nil {
			return err
		}
		players = append(players, p)
		if _, err := p.tell(orderCycle); err != nil {
			r.skip("places", "mechanism", fmt.Errorf("%s: %w", mechanism, err))
			return ctx.Err()
		}
	}
	return r.playAll(ctx, players, r.acts())
}

// act is what is compared: a launch with a plain one as well.
type act struct {
	what   string
	rounds int
	launch bool
	turn   func(context.Context, *player) (time.Duration, error)
}

func (r *run) acts() []act {
	acts := []act{
		{"run `true` by the library", r.options.Rounds, true, func(_ context.Context, p *player) (time.Duration, error) {
			return p.tell(orderCycle)
		}},
		{"run `true` by job run", r.options.Rounds, true, func(ctx context.Context, p *player) (time.Duration, error) {
			return runTrue(p.mechanism, r.options.Job, "run", "--mechanism", p.mechanism, "--").Turn(ctx)
		}},
	}
	for _, size := range placeTrees {
		what, rounds := fmt.Sprintf("end %d processes", size), max(fewestRounds, r.options.Rounds/10)
		acts = append(acts, act{what, rounds, false, func(ctx context.Context, p *player) (time.Duration, error) {
			if err := r.ground.MakeRoom(ctx, size); err != nil {
				return 0, err
			}
			return p.tell(orderEnd + strconv.Itoa(size))
		}})
	}
	return append(acts, act{"processors for a second of watching an idle job", secondsWatched, false, func(_ context.Context, p *player) (time.Duration, error) {
		return p.tell(orderWatch)
	}})
}

func (r *run) playAll(ctx context.Context, players []*player, acts []act) error {
	for _, a := range acts {
		r.say("places: %s, %d rounds", a.what, a.rounds)
		var contestants []Contestant
		if a.launch {
			contestants = append(contestants, runTrue(plainExec))
		}
		for _, p := range players {
			turn := func(ctx context.Context) (time.Duration, error) { return a.turn(ctx, p) }
			contestants = append(contestants, Contestant{Name: p.mechanism, Turn: turn})
		}
		samples, err := Compete(ctx, contestants, a.rounds)
		if err != nil {
			return fmt.Errorf("places: %s: %w", a.what, err)
		}
		for _, p := range players {
			sample := samples[p.mechanism]
			r.report.Places = append(r.report.Places, Place{
				What: a.what, Mechanism: p.mechanism, Timing: timing(sample),
				ToPlain: sample.Ratio(samples[plainExec]), ToCgroup: sample.Ratio(samples[jobobject.MechanismCgroup]),
			})
		}
	}
	return nil
}

// player is one that plays for this process.
type player struct {
	mechanism string
	cmd       *exec.Cmd
	orders    io.WriteCloser
	answers   *bufio.Scanner
}

func (r *run) player(mechanism string) (*player, error) {
	cmd := exec.Command(r.options.Player, "-play", mechanism, "-fixture", r.options.Fixture)
	cmd.Stderr = os.Stderr
	orders, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &player{mechanism, cmd, orders, bufio.NewScanner(answers)}, nil
}

// tell gives an order and waits for the answer.
func (p *player) tell(order string) (time.Duration, error) {
	if _, err := fmt.Fprintln(p.orders, order); err != nil {
		return 0, err
	}
	if !p.answers.Scan() {
		return 0, errors.Join(p.answers.Err(), errors.New("the player is gone"))
	}
	answer := p.answers.Text()
	if why, failed := strings.CutPrefix(answer, "error "); failed {
		return 0, errors.New(why)
	}
	took, err := strconv.ParseInt(answer, 10, 64)
	return time.Duration(took), err
}

func (p *player) leave() error {
	p.orders.Close()
	return p.cmd.Wait()
}

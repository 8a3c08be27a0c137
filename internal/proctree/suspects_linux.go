package proctree

import "time"

// suspect is a number that was given, of which it is not known yet to whom. A process
// has its number before it can be found; so who is not found is asked for again, in
// growing pauses, until it would have had to be.
type suspect struct {
	given time.Time
	pause time.Duration
	due   time.Time
}

const (
	firstPause = 2 * time.Millisecond
	// mostSuspects are more than it pays to ask for one by one.
	mostSuspects = 4096
)

func (r *register) suspect(numbers []int, now time.Time) {
	for _, number := range numbers {
		r.suspects[number] = &suspect{given: now, pause: firstPause, due: now}
	}
}

// visit asks for those that are due, or for all. Who is born meanwhile by one who is
// found has a number that was not given yet.
func (r *register) visit(now time.Time, all bool) {
	for number, s := range r.suspects {
		if !all && s.due.After(now) {
			continue
		}
		if r.find(number, now) || now.Sub(s.given) > mostBirth {
			delete(r.suspects, number)
			continue
		}
		if !s.due.After(now) {
			s.due = now.Add(s.pause)
			s.pause *= 2
		}
	}
}

package lookout

// suspects are numbers that have been given, of which it is not known yet to whom. A
// process has its number before it can be found, and can be found before it is where
// it belongs, and in between it may have to wait for a processor; so who is not found
// in a group is asked for again, in growing pauses, for a second in all.
type suspects struct {
	round int
	left  map[int]suspect
}

type suspect struct {
	asked int // how often
	due   int // the round in which it is asked again
}

// mostVisits are made in the rounds 1, 2, 4 … after the number was given.
const mostVisits = 7

func newSuspects() *suspects { return &suspects{left: map[int]suspect{}} }

func (s *suspects) count() int { return len(s.left) }

func (s *suspects) clear() { clear(s.left) }

func (s *suspects) add(numbers []int) {
	for _, number := range numbers {
		s.left[number] = suspect{due: s.round + 1}
	}
}

// visit is a round. It asks for those that are due; who is settled is no suspect any
// more.
func (s *suspects) visit(ask func(number int) (settled bool)) {
	s.round++
	for number, one := range s.left {
		if one.due > s.round {
			continue
		}
		one.asked++
		one.due += 1 << (one.asked - 1)
		s.left[number] = one
		if ask(number) || one.asked == mostVisits {
			delete(s.left, number)
		}
	}
}

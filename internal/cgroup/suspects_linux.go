package cgroup

// suspects are numbers that have been given, of which it is not known yet to whom. A
// process has its number before it can be found, and can be found before it is where
// it belongs; so who is not found in a group is asked for once more.
type suspects struct {
	left map[int]int // how often it is asked for
}

const mostVisits = 2

func newSuspects() *suspects { return &suspects{left: map[int]int{}} }

func (s *suspects) count() int { return len(s.left) }

func (s *suspects) clear() { clear(s.left) }

func (s *suspects) add(numbers []int) {
	for _, number := range numbers {
		s.left[number] = mostVisits
	}
}

// visit asks for each of them; who is settled is no suspect any more.
func (s *suspects) visit(ask func(number int) (settled bool)) {
	for number := range s.left {
		if s.left[number]--; ask(number) || s.left[number] == 0 {
			delete(s.left, number)
		}
	}
}

package lookout

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestASuspectIsAskedForUntilItIsSettledOrASecondHasGoneBy(t *testing.T) {
	s := newSuspects()
	s.add([]int{3, 5})
	asked := map[int][]int{}
	for round := 1; s.count() > 0; round++ {
		s.visit(func(pid int) bool { asked[pid] = append(asked[pid], round); return pid == 3 })
	}
	if diff := cmp.Diff(map[int][]int{3: {1}, 5: {1, 2, 4, 8, 16, 32, 64}}, asked); diff != "" {
		t.Errorf("asked for in rounds (-want +got):\n%s", diff)
	}
	if last := mostBirth / lookInterval; last < 60 || last > 70 {
		t.Errorf("%d rounds are in a second", last)
	}
}

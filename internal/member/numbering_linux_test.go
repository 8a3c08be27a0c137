package member

import (
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheLastNumberIsAtTheEndOfTheLine(t *testing.T) {
	for line, want := range map[string]int{
		"0.20 0.18 0.12 1/80 11206\n": 11206, "0.20 0.18 0.12 1/80 11206": 11206,
		"": 0, "\n": 0, "0.20 0.18 0.12 1/80 ": 0, "0.20 0.18 0.12 1/80 -1\n": 0, "0.20 0.18 0.12 1/80 0\n": 0,
	} {
		if got, known := lastNumberOf(line); known != (want != 0) || known && got != want {
			t.Errorf("%q: %d, known %v, want %d", line, got, known, want)
		}
	}
}

func TestNumbersAreThoseGivenSinceTheLastLook(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/loadavg")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := &Numbering{file: file, last: 7}
	for _, step := range []struct {
		last  int // as the kernel says
		fresh []int
		known bool
	}{
		{7, nil, true},
		{9, []int{8, 9}, true},
		{10, []int{10}, true},
		{5, nil, false}, // they have begun again from below
		{6, []int{6}, true},
		{6 + mostGiven + 1, nil, false},
		{0, nil, false},
		{8, nil, false},
		{9, []int{9}, true},
	} {
		if err := os.WriteFile(file.Name(), fmt.Appendf(nil, "0.20 0.18 0.12 1/80 %d\n", step.last), 0o644); err != nil {
			t.Fatal(err)
		}
		fresh, known := n.Given()
		if diff := cmp.Diff(step.fresh, fresh); diff != "" || known != step.known {
			t.Errorf("up to %d, known %v (-want +got):\n%s", step.last, known, diff)
		}
	}
}

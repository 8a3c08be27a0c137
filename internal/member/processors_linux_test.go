package member

import "testing"

func TestAListOfProcessorsIsCounted(t *testing.T) {
	for list, want := range map[string]int{"0": 1, "0-1": 2, "0-3,8,10-11": 7, "": 0, "x": 0, "3-1": 0} {
		if got := countList(list); got != want {
			t.Errorf("%q has %d, want %d", list, got, want)
		}
	}
}

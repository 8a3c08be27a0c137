package cgroup

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheWordsOfAStateAreReadBack(t *testing.T) {
	for _, kill := range []bool{false, true} {
		for _, ok := range []bool{false, true} {
			for _, silent := range []bool{false, true} {
				want := stateOfWords(wordsOf(stateOf3(kill, ok, silent)))
				if got := stateOf3(kill, ok, silent); got != want {
					t.Errorf("wrote %+v, read %+v", got, want)
				}
			}
		}
	}
	if got := stateOfWords("2 kill-on-close a-word-of-tomorrow"); got != stateOf3(true, false, false) {
		t.Errorf("words of a later version are not passed over: %+v", got)
	}
}

func TestDevicesAreAddedUp(t *testing.T) {
	text := "8:0 rbytes=10 wbytes=1 rios=2 wios=3 dbytes=0 dios=0\n8:16 rbytes=5 wbytes=0 rios=1 wios=0\nnonsense\n"
	want := map[string]uint64{"rbytes": 15, "wbytes": 1, "rios": 3, "wios": 3, "dbytes": 0, "dios": 0}
	if diff := cmp.Diff(want, sumDevices(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAProcessIsFoundByItsNumberOnly(t *testing.T) {
	groups := newGroups(t)
	for _, pid := range []int{-1, 1 << 30} {
		if target, err := groups.Find(pid); err == nil {
			target.Close()
			t.Errorf("found a process %d", pid)
		}
		if _, err := groups.PlaceOf(pid); err == nil {
			t.Errorf("found the place of a process %d", pid)
		}
	}
	own, err := groups.PlaceOf(0)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := groups.PlaceOf(os.Getpid()); err != nil || !cmp.Equal(own, same) {
		t.Errorf("own place is %+v by number and %+v by 0 (%v)", same, own, err)
	}
}

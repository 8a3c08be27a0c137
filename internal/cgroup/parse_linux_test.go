package cgroup

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAStatLineIsSplitAfterTheName(t *testing.T) {
	for _, tt := range []struct {
		line, name string
		rest       []string
		found      bool
	}{
		{"1 (init) S 0 1\n", "init", []string{"S", "0", "1"}, true},
		{"7 (a) b) (c) Z 1", "a) b) (c", []string{"Z", "1"}, true},
		{"7 () R 1", "", []string{"R", "1"}, true},
		{"7 no name", "", nil, false},
		{"7 )(", "", nil, false},
		{"", "", nil, false},
	} {
		name, rest, found := splitStat([]byte(tt.line))
		if name != tt.name || found != tt.found || !cmp.Equal(rest, tt.rest) {
			t.Errorf("%q: got %q %q %v", tt.line, name, rest, found)
		}
	}
}

func FuzzStatLines(f *testing.F) {
	f.Add([]byte("1 (init) S 0 1\n"))
	f.Add([]byte("7 )("))
	f.Fuzz(func(t *testing.T, line []byte) { splitStat(line) })
}

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

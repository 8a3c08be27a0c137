package member

import (
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

func TestMemoriesAreWhatCannotBeTakenBack(t *testing.T) {
	for name, want := range map[string]struct {
		status string
		sum    uint64
		found  bool
	}{
		"all":                      {"Name:\tRssAnon: 7 kB\nVmHWM:\t9 kB\nRssAnon:\t     100 kB\nRssFile:\t  500 kB\nRssShmem:\t 20 kB\nVmSwap:\t 3 kB\n", 123 << 10, true},
		"of a kernel without swap": {"Name:\tx\nRssAnon:\t1 kB\nRssFile:\t5 kB\nRssShmem:\t0 kB\n", 1 << 10, true},
		"of a zombie":              {"Name:\tx\nState:\tZ (zombie)\nThreads:\t1\n", 0, false},
		"nothing":                  {"", 0, false},
	} {
		if sum, found := memoryIn([]byte(want.status)); sum != want.sum || found != want.found {
			t.Errorf("%s: %d bytes, found %v; want %d, %v", name, sum, found, want.sum, want.found)
		}
	}
}

package guard

import (
	"maps"
	"os"
	"strings"
	"syscall"
	"testing"
)

func contentOf(t *testing.T, l *list) []byte {
	t.Helper()
	info, err := l.file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	content := make([]byte, info.Size())
	if _, err := l.file.ReadAt(content, 0); err != nil {
		t.Fatal(err)
	}
	return content
}

func tempList(t *testing.T) *list {
	t.Helper()
	l, err := newList()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

// Each byte of the fuzzer's input adds or removes one of eight groups; a long
// name brings the log to be begun anew.
func FuzzTheListTellsWhatIsWatched(f *testing.F) {
	f.Add([]byte{0, 1, 8, 9, 1}, 10)
	f.Add([]byte{0, 0, 0, 1, 2, 3, 10, 2, 10, 2, 10, 2}, 30_000)
	f.Fuzz(func(t *testing.T, steps []byte, length int) {
		pad := strings.Repeat("x", min(max(length, 0), 40_000))
		l, watched := tempList(t), map[string]bool{}
		for _, step := range steps[:min(len(steps), 200)] {
			dir := "/" + string('a'+rune(step%8)) + pad
			switch {
			case step&8 == 0:
				if err := l.add(dir); err != nil {
					t.Fatal(err)
				}
				watched[dir] = true
			case watched[dir]:
				delete(watched, dir)
				l.remove(dir, watched)
			}
			content := contentOf(t, l)
			if got := parseList(content); !maps.Equal(got, watched) {
				t.Fatalf("list has %d groups, want %d", len(got), len(watched))
			}
			if empty := len(content) == emptyList; empty != (len(watched) == 0) {
				t.Fatalf("%d bytes for %d groups: the sentry would be wrong", len(content), len(watched))
			}
		}
	})
}

func FuzzAnyListIsRead(f *testing.F) {
	f.Add([]byte("\x08\x00\x00\x00\x00\x00\x00\x00+/a\n+/b\n-/a\n+/cut o"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff+/a\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		for dir := range parseList(content) {
			if strings.Contains(dir, "\n") {
				t.Errorf("a group named %q", dir)
			}
		}
	})
}

func TestALineThatTheOwnersDeathCutOffDoesNotCount(t *testing.T) {
	got := parseList([]byte("\x08\x00\x00\x00\x00\x00\x00\x00+/a\n+/b"))
	if !maps.Equal(got, map[string]bool{"/a": true}) {
		t.Errorf("%v", got)
	}
}

func TestALongLivedListDoesNotKeepWhatIsOver(t *testing.T) {
	l, watched := tempList(t), map[string]bool{"/stays": true}
	if err := l.add("/stays"); err != nil {
		t.Fatal(err)
	}
	for range 20_000 {
		if err := l.add("/comes and goes"); err != nil {
			t.Fatal(err)
		}
		l.remove("/comes and goes", watched)
	}
	if l.end-l.begin > 2*slack {
		t.Errorf("%d bytes count for one group", l.end-l.begin)
	}
	if used := blocksOf(t, l.file); used > 4*slack {
		t.Errorf("%d bytes of memory are in use", used)
	}
}

func blocksOf(t *testing.T, f *os.File) int64 {
	t.Helper()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Blocks * 512
}

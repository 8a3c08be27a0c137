package member

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// Processors is how many processors the machine has online, whichever of them
// this process may use.
var Processors = sync.OnceValue(func() int {
	text, err := os.ReadFile("/sys/devices/system/cpu/online")
	if n := countList(strings.TrimSpace(string(text))); err == nil && n > 0 {
		return n
	}
	return runtime.NumCPU()
})

// countList counts what a list like 0-3,5 has in it; 0 where it is none.
func countList(list string) (n int) {
	if !EachOf(list, func(int) { n++ }) {
		return 0
	}
	return n
}

// EachOf visits what a list like 0-3,5 has in it, as far as it is one.
func EachOf(list string, visit func(n int)) bool {
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err1 != nil || err2 != nil || to < from {
			return false
		}
		for n := from; n <= to; n++ {
			visit(n)
		}
	}
	return true
}

// Processors is that number.
func (Host) Processors() int { return Processors() }

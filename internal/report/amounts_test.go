package report

import (
	"testing"
	"time"
)

func TestSizesAreInPowersOf1024AndHaveTwoOrThreeDigits(t *testing.T) {
	for bytes, want := range map[uint64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 10<<10 - 1: "10 KiB", 1<<20 - 1: "1.0 MiB",
		512 << 20: "512 MiB", 5 << 30: "5.0 GiB", 1<<64 - 1: "16 EiB",
	} {
		if got := Size(bytes); got != want {
			t.Errorf("Size(%d) is %q, want %q", bytes, got, want)
		}
	}
}

func TestSpansSayWhatMatters(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 812345: "812µs", 12345678: "12.3ms", 1234567890: "1.23s", 92*time.Second + 4e8: "1m32s",
	} {
		if got := Span(d); got != want {
			t.Errorf("Span(%d) is %q, want %q", d, got, want)
		}
	}
}

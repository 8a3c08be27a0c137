package main

import (
	"errors"
	"math"
	"testing"
)

func TestASizeIsReadInPowersOf1024(t *testing.T) {
	for text, want := range map[string]uint64{
		"1": 1, "0": 0, "4096": 4096, "100B": 100,
		"1K": 1024, "1KiB": 1024, "512M": 512 << 20, "2GiB": 2 << 30, "2G": 2 << 30, "1T": 1 << 40, "3TiB": 3 << 40,
		"1.5G": 3 << 29, "0.5K": 512, ".5K": 512, "1.5": 1,
		"18446744073709551615": math.MaxUint64,
	} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", text, got, err, want)
		}
	}
}

func TestASizeThatIsNoneIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "M", "x", "-1", "+1", "1e9", "1/2", "0x10", "1 M", "1KB", "1MB", "1k", "1Mi", "1MM", "1..5", ".", "1_0", "12Q",
	} {
		if got, err := parseSize(text); !errors.Is(err, errSize) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"18446744073709551616", "16777216T", "99999999999999999999999G"} {
		if got, err := parseSize(text); !errors.Is(err, errSizeHuge) {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
}

func FuzzASizeIsReadOrRefused(f *testing.F) {
	f.Add("1.5GiB")
	f.Fuzz(func(t *testing.T, text string) { _, _ = parseSize(text) })
}

func TestASizeIsWrittenAsItIsRead(t *testing.T) {
	for size, want := range map[uint64]string{0: "0", 1023: "1023", 1024: "1K", 1500: "1500", 64 << 20: "64M", 3 << 29: "1536M", 5 << 50: "5120T"} {
		got := sizeText(size)
		if again, err := parseSize(got); got != want || again != size || err != nil {
			t.Errorf("%d is %q, want %q, and is read as %d, %v", size, got, want, again, err)
		}
	}
}

package report

import (
	"strconv"
	"time"
)

// appendSeconds writes all the digits there are and no exponent.
func appendSeconds(to []byte, d time.Duration) []byte {
	return strconv.AppendFloat(to, d.Seconds(), 'f', -1, 64)
}

// Size is a number of bytes for people, in the units that job takes: powers of
// 1024.
func Size(bytes uint64) string {
	const units = "KMGTPE"
	if bytes < 1024 {
		return strconv.FormatUint(bytes, 10) + " B"
	}
	value, unit := float64(bytes)/1024, 0
	for ; value >= 1023.5 && unit < len(units)-1; unit++ {
		value /= 1024
	}
	digits := 0
	if value < 9.95 {
		digits = 1
	}
	return strconv.FormatFloat(value, 'f', digits, 64) + " " + units[unit:unit+1] + "iB"
}

// Span is a duration for people: three digits are enough to go by.
func Span(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	default:
		return d.Round(time.Microsecond).String()
	}
}

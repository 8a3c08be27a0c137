package kernel

import (
	"encoding/json"
	"fmt"
)

// Figure is a value that may be known exactly, known to be at least so much, or
// not known at all. Its zero value is unknown.
type Figure[T any] struct {
	value   T
	quality quality
}

type quality uint8

const (
	unknown quality = iota
	atLeast
	exact
)

// Exactly is a figure that is known.
func Exactly[T any](value T) Figure[T] { return Figure[T]{value, exact} }

// AtLeast is a figure of which only a lower bound is known.
func AtLeast[T any](value T) Figure[T] { return Figure[T]{value, atLeast} }

// Get returns the value, and whether it is known exactly.
func (f Figure[T]) Get() (value T, known bool) {
	if f.quality != exact {
		return value, false
	}
	return f.value, true
}

// LowerBound returns what the value is at least, and false where even that is
// not known.
func (f Figure[T]) LowerBound() (bound T, known bool) { return f.value, f.quality != unknown }

// String is the value, the lower bound as "at least 3", or "unknown".
func (f Figure[T]) String() string {
	switch f.quality {
	case exact:
		return fmt.Sprint(f.value)
	case atLeast:
		return fmt.Sprintf("at least %v", f.value)
	default:
		return "unknown"
	}
}

// MarshalJSON is the value where it is known exactly, else null.
func (f Figure[T]) MarshalJSON() ([]byte, error) {
	if f.quality != exact {
		return []byte("null"), nil
	}
	return json.Marshal(f.value)
}

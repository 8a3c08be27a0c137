//go:build !linux

package reaper

import (
	"errors"
	"fmt"
)

// Become reports that there is no such thing here.
func Become() error { return fmt.Errorf("become a subreaper: %w", errors.ErrUnsupported) }

// Reaper has nothing to reap where nobody is left orphans.
type Reaper struct{}

// New is such a reaper.
func New(int) *Reaper { return &Reaper{} }

// Reap does nothing.
func (*Reaper) Reap() {}

// Drain does nothing.
func (*Reaper) Drain() {}

//go:build !linux

package mechanism

import "runtime"

func choose(string) (Chosen, error) { return Chosen{}, NoneFor(runtime.GOOS) }

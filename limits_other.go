//go:build !linux

package jobobject

import "runtime"

func processors() int { return runtime.NumCPU() }

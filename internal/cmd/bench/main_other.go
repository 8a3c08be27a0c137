//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	if _, err := parse(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	fmt.Fprintln(os.Stderr, "bench: there is nothing to measure on this system yet")
	os.Exit(1)
}

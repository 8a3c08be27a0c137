package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

const versionHelp = `Usage: job version

Prints the version of job, and what it was built with and for.
`

func versionVerb(args []string) int {
	flags := newFlags("version")
	if status, done := parseFlags(flags, args, versionHelp); done {
		return status
	}
	if flags.NArg() > 0 {
		return tooMany("version", flags.Args())
	}
	fmt.Printf("job %s (%s, %s/%s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return 0
}

// version is the module's, which the go command writes into the binary.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development version"
	}
	return info.Main.Version
}

package main

import (
	"fmt"
	"strings"
)

const helpHelp = `Usage: job help [VERB]

Tells about job, or about one of its verbs.
`

func helpVerb(args []string) int {
	flags := newFlags("help")
	if status, done := parseFlags(flags, args, helpHelp); done {
		return status
	}
	switch flags.NArg() {
	case 0:
		fmt.Print(overview())
	case 1:
		v, found := findVerb(flags.Arg(0))
		if !found {
			complain("help: there is no verb %q; `job help` lists them", flags.Arg(0))
			return exitTrouble
		}
		fmt.Print(v.help)
	default:
		return tooMany("help", flags.Args()[1:])
	}
	return 0
}

func overview() string {
	var out strings.Builder
	fmt.Fprint(&out, "Usage: job VERB [ARG...]\n\n"+
		"Runs command trees as one unit, with nothing left behind.\n\n")
	for _, v := range verbs() {
		fmt.Fprintf(&out, "  %-12s%s\n", v.name, v.summary)
	}
	fmt.Fprint(&out, "\n`job help VERB` tells more. A first try: job run --report -- make test\n")
	return out.String()
}

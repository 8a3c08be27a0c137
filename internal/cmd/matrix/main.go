// Command matrix writes docs/matrix.md: what each test of the conformance suite came
// to in each place. `make matrix` runs the places and then this.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const usage = `usage: matrix [-o FILE] DIRECTORY

DIRECTORY has, for each place, what go tool test2json says of the suite there in
PLACE.json, or in PLACE.why the reason that it was not run.
`

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("matrix", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage) }
	file := flags.String("o", "", "write to `file` instead of standard output")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		flags.Usage()
		return errors.New("one directory of results is needed")
	}
	m, err := read(flags.Arg(0))
	if err != nil {
		return err
	}
	var text bytes.Buffer
	m.write(&text)
	if *file == "" {
		_, err = stdout.Write(text.Bytes())
		return err
	}
	return os.WriteFile(*file, text.Bytes(), 0o644)
}

// place is where the suite is run.
type place struct {
	name  string // of the files with its results, and what scripts/test-places calls it
	title string
	about string
}

var places = []place{
	{"hybrid-root", "hybrid", "cgroups of version 2 without controllers, and those of version 1; root"},
	{"v2-root", "v2", "cgroup version 2 alone, with all controllers, in a virtual machine; root"},
	{"v2-nobody", "v2, delegated", "the same machine; a user without privilege, to whom a cgroup was delegated"},
	{"tree-nobody", "tree", "no cgroup may be made, so a supervised process tree; a user without privilege"},
	{"tree-container", "tree, container", "the same in what containers are: cgroups that can only be read, a pid namespace, root with few capabilities"},
}

// column is what was found out in a place.
type column struct {
	place
	outcomes map[string]outcome
	why      string // it was not run
}

type matrix []column

// read takes what is there for each place. It refuses a run in which a test has failed:
// a failure is no fact about a place.
func read(dir string) (m matrix, err error) {
	ran := false
	for _, p := range places {
		c := column{place: p}
		why, err := os.ReadFile(filepath.Join(dir, p.name+".why"))
		switch {
		case err == nil:
			c.why = strings.TrimSpace(string(why))
		case errors.Is(err, fs.ErrNotExist):
			if c.outcomes, err = readOutcomes(filepath.Join(dir, p.name+".json")); err != nil {
				return nil, fmt.Errorf("results in place %s: %w", p.name, err)
			}
			ran = true
		default:
			return nil, err
		}
		m = append(m, c)
	}
	if !ran {
		return nil, fmt.Errorf("%s has no results of any place", dir)
	}
	return m, nil
}

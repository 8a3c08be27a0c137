package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// outcome is what a test came to, with all its parts.
type outcome struct {
	held    int      // parts that were shown; the test itself counts as one where it has none
	reasons []string // that others were not
}

// event is a line of go tool test2json.
type event struct {
	Action string
	Test   string
	Output string
}

func readOutcomes(path string) (map[string]outcome, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return outcomesOf(f)
}

func outcomesOf(r io.Reader) (map[string]outcome, error) {
	ends, said := map[string]string{}, map[string]string{}
	for lines := json.NewDecoder(r); ; {
		var e event
		err := lines.Decode(&e)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read what test2json said: %w", err)
		}
		switch {
		case e.Test == "":
		case e.Action == "run":
			ends[e.Test] = "" // until it is over
		case e.Action == "output":
			said[e.Test] += e.Output
		case e.Action == "fail":
			return nil, fmt.Errorf("%s has failed", e.Test)
		case e.Action == "pass", e.Action == "skip":
			ends[e.Test] = e.Action
		}
	}
	found := map[string]outcome{}
	for name, end := range ends {
		if end == "" {
			return nil, fmt.Errorf("%s did not come to its end", name)
		}
		test, _, _ := strings.Cut(name, "/")
		if aboutTheSuite(test) {
			continue
		}
		o := found[test]
		switch {
		case end == "skip":
			if reason := reasonIn(said[name]); !slices.Contains(o.reasons, reason) {
				o.reasons = append(o.reasons, reason)
			}
		case !hasParts(ends, name):
			o.held++
		}
		slices.Sort(o.reasons) // a map has no order
		found[test] = o
	}
	if len(found) == 0 {
		return nil, errors.New("there are no tests in it")
	}
	return found, nil
}

func hasParts(ends map[string]string, name string) bool {
	for other := range ends {
		if strings.HasPrefix(other, name+"/") {
			return true
		}
	}
	return false
}

// aboutTheSuite tells the tests that show nothing of jobs by themselves.
func aboutTheSuite(test string) bool {
	return test == "TestAsNobody" || strings.HasPrefix(test, "TestSuite_")
}

// where begins each line that a test logs.
var where = regexp.MustCompile(`(?m)^ *\w+\.go:\d+: (.*)$`)

// reasonIn is the last that a test said, which is why it was skipped.
func reasonIn(output string) string {
	matches := where.FindAllStringSubmatch(output, -1)
	if len(matches) == 0 {
		return "it does not say why"
	}
	return withoutNumbers(matches[len(matches)-1][1])
}

// chance is what is another one each time.
var chance = regexp.MustCompile(`[0-9a-f]{16,}|((?:jobobject|testkit|testfence|conformance|as-nobody)-)[0-9a-z]+`)

func withoutNumbers(reason string) string {
	reason = chance.ReplaceAllString(reason, "$1…")
	if dir := os.TempDir(); strings.Contains(reason, dir+"/") {
		reason = regexp.MustCompile(regexp.QuoteMeta(dir)+`/[^ :,]+`).ReplaceAllString(reason, dir+"/…")
	}
	printable := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, reason)
	return strings.ReplaceAll(strings.TrimSpace(printable), "|", `\|`)
}

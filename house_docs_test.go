package jobobject_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link   = regexp.MustCompile(`\]\(([^)#:]+)\)`) // to a file, not to the web
	target = regexp.MustCompile("(?m)(?:^|[`&] ?)make ([a-z]+)")
)

func TestDocumentsPointAtWhatIsThere(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	documents, _ := filepath.Glob("*.md")
	if len(documents) < 4 {
		t.Fatalf("found only %q", documents)
	}
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(match[1]); err != nil {
				t.Errorf("%s points at %s: %v", document, match[1], err)
			}
		}
		for _, match := range target.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(string(makefile), "\n"+match[1]+":") {
				t.Errorf("%s mentions `make %s`, which the Makefile does not have", document, match[1])
			}
		}
	}
}

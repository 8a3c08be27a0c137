package jobobject_test

import (
	"go/ast"
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

// A matrix that lacks a test is one that was not written again.
func TestTheMatrixHasEveryTestOfTheConformanceSuite(t *testing.T) {
	matrix, err := os.ReadFile("docs/matrix.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	for _, s := range sources(t) {
		if s.pkg != "internal/conformance" {
			continue
		}
		for _, declaration := range s.syntax.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(function.Name.Name, "Test") {
				continue
			}
			switch name := function.Name.Name; {
			case name == "TestMain", name == "TestAsNobody", strings.HasPrefix(name, "TestSuite_"): // no cases
			default:
				tests[strings.ReplaceAll(strings.TrimPrefix(name, "Test"), "_", " ")] = true
			}
		}
	}
	if len(tests) < 200 {
		t.Fatalf("found %d tests in the suite", len(tests))
	}
	for _, line := range strings.Split(string(matrix), "\n") {
		if name, _, found := strings.Cut(strings.TrimPrefix(line, "| "), " | "); found && !tests[name] && strings.Contains(line, "✓") && !strings.HasPrefix(line, "✓") {
			t.Errorf("docs/matrix.md has %q, which is no test any more; make matrix writes it again", name)
		}
	}
	for name := range tests {
		if !strings.Contains(string(matrix), "\n| "+name+" |") {
			t.Errorf("docs/matrix.md has no line for %q; make matrix writes it again", name)
		}
	}
}

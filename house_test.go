package jobobject_test

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The rules of the house that a compiler does not know. What may import what is
// in house_imports_test.go.

// source is a Go file of the module, for whatever system it is.
type source struct {
	path    string // from the root of the module, with slashes
	pkg     string // its directory, "." for the root package
	content []byte
	syntax  *ast.File
	fset    *token.FileSet
}

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if hidden := strings.HasPrefix(entry.Name(), ".") && name != "."; hidden || entry.Name() == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		s := source{path: filepath.ToSlash(name), pkg: path.Dir(filepath.ToSlash(name)), fset: token.NewFileSet()}
		if s.content, err = os.ReadFile(name); err != nil {
			return err
		}
		s.syntax, err = parser.ParseFile(s.fset, name, s.content, parser.ParseComments)
		found = append(found, s)
		return err
	})
	if err != nil {
		t.Fatalf("read the sources of the module: %v", err)
	}
	if len(found) < 20 {
		t.Fatalf("found %d Go files; these are not the sources of the module", len(found))
	}
	return found
}

// packages are the directories with Go files other than tests.
func packages(t *testing.T) map[string][]source {
	t.Helper()
	found := map[string][]source{}
	for _, s := range sources(t) {
		if !s.isTest() {
			found[s.pkg] = append(found[s.pkg], s)
		}
	}
	return found
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for pkg, files := range packages(t) {
		begins := "Package " + files[0].syntax.Name.Name + " "
		if files[0].syntax.Name.Name == "main" {
			begins = "Command " + path.Base(pkg) + " "
		}
		said := slices.ContainsFunc(files, func(s source) bool {
			return s.syntax.Doc != nil && strings.HasPrefix(s.syntax.Doc.Text(), begins)
		})
		if !said {
			t.Errorf("%s: no file has a comment above its package clause that begins with %q", pkg, begins)
		}
	}
}

func TestEveryPackageIsOnTheMap(t *testing.T) {
	architecture, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range packages(t) {
		if pkg != "." && !bytes.Contains(architecture, []byte("`"+pkg+"`")) {
			t.Errorf("ARCHITECTURE.md does not mention `%s`", pkg)
		}
	}
}

func TestNoFileIsTooLongToReadInOneSitting(t *testing.T) {
	const most = 400
	for _, s := range sources(t) {
		if lines := bytes.Count(s.content, []byte("\n")); lines > most {
			t.Errorf("%s has %d lines, more than %d: it has more than one reason to exist", s.path, lines, most)
		}
	}
}

func TestEveryFileIsFormatted(t *testing.T) {
	for _, s := range sources(t) {
		formatted, err := format.Source(s.content)
		if err != nil {
			t.Errorf("format %s: %v", s.path, err)
		} else if !bytes.Equal(formatted, s.content) {
			t.Errorf("%s: gofmt would change it", s.path)
		}
	}
}

// Whoever sleeps to wait for something waits too long or not long enough. The
// few that are listed have nothing else to wait for.
func TestNobodySleepsToWaitForSomething(t *testing.T) {
	allowed := map[string]string{
		"internal/bench/contest.go":          "an idle gap is what it has to provide",
		"internal/guard/guard_linux.go":      "the system does not tell when it has room for a process again",
		"internal/testkit/within.go":         "polls on behalf of everybody else",
		"internal/fixture/bomb_linux.go":     "its misbehaviour has a length",
		"internal/fixture/roll_linux.go":     "its misbehaviour has a length",
		"internal/fixture/simple_linux.go":   "its misbehaviour has a length",
		"internal/fixture/stubborn_linux.go": "cannot be told when a thread has gone",
		"internal/fixture/threads_linux.go":  "cannot be told when a thread has gone",
	}
	for _, s := range sources(t) {
		if s.isTest() || allowed[s.path] != "" {
			continue
		}
		ast.Inspect(s.syntax, func(node ast.Node) bool {
			if call, ok := node.(*ast.SelectorExpr); ok && call.Sel.Name == "Sleep" {
				if in, ok := call.X.(*ast.Ident); ok && in.Name == "time" {
					t.Errorf("%s: time.Sleep; wait for the thing itself", s.fset.Position(call.Pos()))
				}
			}
			return true
		})
	}
}

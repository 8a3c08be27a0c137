package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lines are those of test2json for tests with an end each; what follows a
// colon says why it is skipped.
func lines(tests ...string) string {
	var all strings.Builder
	for _, test := range tests {
		name, reason, skipped := strings.Cut(test, ": ")
		all.WriteString(`{"Action":"run","Test":"` + name + `"}` + "\n")
		end := "pass"
		if skipped {
			end = "skip"
			all.WriteString(`{"Action":"output","Test":"` + name + `","Output":"    x_test.go:12: before\n"}` + "\n")
			all.WriteString(`{"Action":"output","Test":"` + name + `","Output":"    x_test.go:13: ` + reason + `\n"}` + "\n")
		}
		all.WriteString(`{"Action":"` + end + `","Test":"` + name + `"}` + "\n")
	}
	return all.String()
}

func TestOutcomesCountPartsAndGiveReasons(t *testing.T) {
	got, err := outcomesOf(strings.NewReader(lines(
		"TestWhole", "TestParts", "TestParts/a", "TestParts/b", "TestMixed", "TestMixed/a", "TestMixed/b: no disk",
		"TestNone: the group /x/jobobject-abc123 is closed", "TestAllParts", "TestAllParts/a: no disk", "TestAllParts/b: no disk",
		"TestAsNobody: more", "TestSuite_is_whole",
	)))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]outcome{
		"TestWhole": {held: 1}, "TestParts": {held: 2}, "TestMixed": {1, []string{"no disk"}},
		"TestNone":     {0, []string{"the group /x/jobobject-… is closed"}},
		"TestAllParts": {0, []string{"no disk"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestResultsThatAreNoneAreRefused(t *testing.T) {
	for name, results := range map[string]string{
		"a failure":                      lines("TestA") + `{"Action":"run","Test":"TestB"}{"Action":"fail","Test":"TestB"}`,
		"a test that did not end":        lines("TestA") + `{"Action":"run","Test":"TestB"}`,
		"no test":                        `{"Action":"start"}`,
		"something that is no test2json": "ok  \tjobobject",
	} {
		if got, err := outcomesOf(strings.NewReader(results)); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheMatrixHasACellForEachTestInEachPlace(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"hybrid-root.json":   lines("TestC01_x_y", "TestC02", "TestC02/a", "TestC02/b: no disk"),
		"v2-root.json":       lines("TestC01_x_y: no memory", "TestC03"),
		"v2-nobody.why":      "no machine\n",
		"tree-nobody.why":    "no tree\n",
		"tree-container.why": "no tree\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := run([]string{dir}, &out); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"| C01 x y | ✓ | 1 | – | – | – |", "| C02 | ✓ 2 | – | – | – | – |", "| C03 | – | ✓ | – | – | – |",
		"1. no memory", "2. no disk",
	} {
		if !strings.Contains(out.String(), "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
	if !strings.Contains(out.String(), "not run here: no machine") {
		t.Errorf("it does not tell what was not run:\n%s", out.String())
	}
}

func TestAPlaceWithoutResultsIsAnError(t *testing.T) {
	if err := run([]string{t.TempDir()}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "hybrid-root") {
		t.Errorf("error %v", err)
	}
}

package bench

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestAPlayerDoesWhatItIsToldAndSaysWhatItTook(t *testing.T) {
	testkit.NoLeaks(t)
	own, err := jobobject.Mechanism()
	if err != nil {
		t.Skip(err)
	}
	var answers strings.Builder
	if err := Play(own, testkit.Fixture(t), strings.NewReader("cycle\nend 10\nwatch\njump\n"), &answers); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(answers.String()), "\n")
	if len(lines) != 4 || lines[3] != `error there is no order "jump"` {
		t.Fatalf("the answers are %q", lines)
	}
	for i, order := range []string{"cycle", "end 10", "watch"} {
		if took, err := strconv.Atoi(lines[i]); err != nil || took <= 0 || time.Duration(took) > patience {
			t.Errorf("%s took %q", order, lines[i])
		}
	}
}

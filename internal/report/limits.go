package report

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"jobobject"
)

// Bound is a limit that the job was run with, and what was used of it.
type Bound struct {
	Name  string `json:"name"` // that of its flag
	Limit Amount `json:"limit"`
	// Used is unknown where the limit is one on something else than an amount, too.
	Used        Amount  `json:"used"`
	Unit        string  `json:"unit,omitempty"`
	Struck      *Struck `json:"struck"` // nil where it has not
	EndedTheJob bool    `json:"ended_the_job"`
}

// Struck is what a limit has done. Where both are 0 it was reached and told.
type Struck struct {
	Terminated uint64 `json:"terminated"` // processes that it has ended
	Refused    uint64 `json:"refused"`    // that it has kept out
}

// Limited notes the limits.
func (r *Report) Limited(limits []Bound) { r.Limits = append([]Bound{}, limits...) }

// String says what it is, as it is written on a command line.
func (l Bound) String() string {
	if l.Limit.value == true {
		return "--" + l.Name
	}
	return "--" + l.Name + " " + strings.ReplaceAll(l.Limit.Text, " ", "")
}

// UsedText is what was used in parentheses, behind a space, and nothing where that is
// not known.
func (l Bound) UsedText() string {
	if l.Used.Text == "" {
		return ""
	}
	return " (" + l.Used.Text + " used)"
}

// line is for people: "job time 0.98s of 1s".
func (l Bound) line() string {
	line := strings.ReplaceAll(l.Name, "-", " ")
	switch l.Limit.value.(type) {
	case bool:
	case string:
		line += " " + l.Limit.Text
	default:
		of := "limit"
		if l.Used.Text != "" {
			of = l.Used.Text + " of"
		}
		line += " " + of + " " + l.Limit.Text
	}
	switch {
	case l.EndedTheJob:
		line += " (ended the job)"
	case l.Struck != nil:
		line += " (" + l.Struck.String() + ")"
	}
	return line
}

func (s Struck) String() string {
	var done []string
	if s.Terminated > 0 {
		done = append(done, fmt.Sprintf("%d ended", s.Terminated))
	}
	if s.Refused > 0 {
		done = append(done, fmt.Sprintf("%d refused", s.Refused))
	}
	if done == nil {
		return "reached"
	}
	return strings.Join(done, ", ")
}

// limits are the lines on them, none where there are none.
func (r *Report) limits() []string {
	if len(r.Limits) == 0 {
		return nil
	}
	lines := make([]string, len(r.Limits))
	for i, l := range r.Limits {
		lines[i] = l.line()
	}
	return []string{"limits: " + strings.Join(lines, ", ")}
}

// Amount is a value in two forms: for programs, and for people. Its zero value is
// unknown.
type Amount struct {
	Text  string
	value any
}

// MarshalJSON is null unless the amount is known exactly.
func (a Amount) MarshalJSON() ([]byte, error) { return json.Marshal(a.value) }

// Bytes is a number of them.
func Bytes(n uint64) Amount { return Amount{Size(n), n} }

// Count is a number of things.
func Count(n uint64) Amount { return Amount{strconv.FormatUint(n, 10), n} }

// Time is a number of seconds.
func Time(d time.Duration) Amount { return Amount{Span(d), json.RawMessage(appendSeconds(nil, d))} }

// Number is one with two digits behind the point at most.
func Number(n float64) Amount {
	text := strconv.FormatFloat(n, 'f', 2, 64)
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	return Amount{text, json.RawMessage(text)}
}

// On is of a limit that is there or not.
func On() Amount { return Amount{"on", true} }

// Word is what is not a number.
func Word(word string) Amount { return Amount{word, word} }

// Of is what is known of a figure. A lower bound is for people only.
func Of[T any](f jobobject.Figure[T], amount func(T) Amount) Amount {
	bound, known := f.LowerBound()
	if !known {
		return Amount{}
	}
	if _, exact := f.Get(); !exact {
		return Amount{Text: "at least " + amount(bound).Text}
	}
	return amount(bound)
}

package eventlog

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"jobobject"
	"jobobject/internal/report"
)

// unit is what the numbers of a limit are.
func unit(limit jobobject.LimitName) string {
	switch limit {
	case jobobject.JobUserTimeNotice:
		return "seconds"
	case jobobject.CPURateNotice:
		return "percent"
	}
	return "bytes"
}

func noticeOf(n *jobobject.Notice) *notice {
	if n == nil {
		return nil
	}
	number := func(n uint64) json.Number { return json.Number(strconv.FormatUint(n, 10)) }
	if unit(n.Limit) == "seconds" {
		number = func(n uint64) json.Number {
			return json.Number(strconv.FormatFloat(time.Duration(n).Seconds(), 'f', -1, 64))
		}
	}
	written := &notice{Exceeded: n.Limit, Value: number(n.Value), Bound: number(n.Bound), Unit: unit(n.Limit)}
	if n.Pid != 0 {
		written.By = &n.Pid
	}
	return written
}

// exceeded is for people.
func exceeded(n *jobobject.Notice) string {
	if n == nil {
		return ""
	}
	number := report.Size
	switch unit(n.Limit) {
	case "seconds":
		number = func(n uint64) string { return report.Span(time.Duration(n)) }
	case "percent":
		number = func(n uint64) string { return fmt.Sprintf("%d %% of the interval", n) }
	}
	text := fmt.Sprintf("of %s: %s, limit %s", n.Limit, number(n.Value), number(n.Bound))
	if n.Pid != 0 {
		text += fmt.Sprintf(", by %d", n.Pid)
	}
	return text
}

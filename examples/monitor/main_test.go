package main

import (
	"testing"

	"jobobject"
)

// The table of the documentation (MSG-01).
func TestEveryMessageHasItsNameAndItsNumber(t *testing.T) {
	for id, want := range map[jobobject.MessageID]string{
		1:  "JOB_OBJECT_MSG_END_OF_JOB_TIME",
		2:  "JOB_OBJECT_MSG_END_OF_PROCESS_TIME",
		3:  "JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT",
		4:  "JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO",
		6:  "JOB_OBJECT_MSG_NEW_PROCESS",
		7:  "JOB_OBJECT_MSG_EXIT_PROCESS",
		8:  "JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS",
		9:  "JOB_OBJECT_MSG_PROCESS_MEMORY_LIMIT",
		10: "JOB_OBJECT_MSG_JOB_MEMORY_LIMIT",
		11: "JOB_OBJECT_MSG_NOTIFICATION_LIMIT",
	} {
		if got := line(jobobject.Message{ID: id}); got != want {
			t.Errorf("message %d is %q, want %q", id, got, want)
		}
	}
	for want, message := range map[string]jobobject.Message{
		"JOB_OBJECT_MSG_NEW_PROCESS             4711":        {ID: jobobject.NewProcess, Pid: 4711},
		"LOST                                   12 messages": {ID: jobobject.MessageLost, Lost: 12},
	} {
		if got := line(message); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

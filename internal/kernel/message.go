package kernel

import "strconv"

// MessageID says what a message is about, with Windows' numbers (MSG-01).
type MessageID uint32

// The messages of a completion port.
const (
	EndOfJobTime        MessageID = 1
	EndOfProcessTime    MessageID = 2
	ActiveProcessLimit  MessageID = 3
	ActiveProcessZero   MessageID = 4
	NewProcess          MessageID = 6
	ExitProcess         MessageID = 7
	AbnormalExitProcess MessageID = 8
	ProcessMemoryLimit  MessageID = 9
	JobMemoryLimit      MessageID = 10
	NotificationLimit   MessageID = 11

	// MessageLost is none of Windows': it stands where messages are missing.
	MessageLost MessageID = 1 << 16
)

var messageNames = [...]string{
	EndOfJobTime:        "END_OF_JOB_TIME",
	EndOfProcessTime:    "END_OF_PROCESS_TIME",
	ActiveProcessLimit:  "ACTIVE_PROCESS_LIMIT",
	ActiveProcessZero:   "ACTIVE_PROCESS_ZERO",
	NewProcess:          "NEW_PROCESS",
	ExitProcess:         "EXIT_PROCESS",
	AbnormalExitProcess: "ABNORMAL_EXIT_PROCESS",
	ProcessMemoryLimit:  "PROCESS_MEMORY_LIMIT",
	JobMemoryLimit:      "JOB_MEMORY_LIMIT",
	NotificationLimit:   "NOTIFICATION_LIMIT",
}

// String is the name in Windows' headers, without its prefix.
func (id MessageID) String() string {
	switch {
	case id == MessageLost:
		return "LOST"
	case int(id) < len(messageNames) && messageNames[id] != "":
		return messageNames[id]
	}
	return "message " + strconv.FormatUint(uint64(id), 10)
}

// Message is what a job tells its port.
type Message struct {
	ID  MessageID
	Key any // of the job, as given to Associate (MSG-15)
	Pid int // of the process it is about; 0 where it is about none

	// Lost is how many messages are missing here, in one with the id MessageLost.
	Lost uint64

	// Durable messages never give way to others (NLM-04).
	Durable bool
}

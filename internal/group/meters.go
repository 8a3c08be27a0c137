package group

import "time"

// Meters tell what the members of a group, and of all below, use now.
type Meters interface {
	// Populated tells whether there are live members, without listing them.
	Populated() (bool, error)
	// UserTimes are those of the live members.
	UserTimes() (map[int]time.Duration, error)
	// Memories are the bytes that each live member has and that the system cannot
	// take back but by swapping them out; what is swapped out is among them. One that
	// has no number here is left out.
	Memories() (map[int]uint64, error)
	// Transfers are what each live member has read and written through system
	// calls, as far as the caller may know.
	Transfers() (map[int]Transfer, error)
	// Throttling tells how often the CPURate has stopped members.
	Throttling() (Throttling, error)
}

// Transfer is bytes that were read and written.
type Transfer struct{ Read, Written uint64 }

// Throttling counts the periods in which members wanted more of the processors than
// the CPURate lets them have.
type Throttling struct {
	Periods uint64
	Period  time.Duration // how long one is; it may change with the rate
}

package bpf

import "fmt"

// Totals are what a watched group and all groups below it have counted since
// the group is watched.
type Totals struct {
	Births, Joins, Exits, Leaves uint64
	// Active is by how many there are more members now than when the watch
	// began, and PeakActive the most that ever was.
	Active, PeakActive int64
	// Records that the ring had no room for.
	LostBirths, LostExecs, LostExits, LostMoves uint64
	// PeakMemoryAtMost is the highest peak among processes whose own peak is
	// not known: it may have been a parent's.
	PeakMemoryAtMost uint64
	// Partial is the number of exits of which not all threads were counted.
	Partial uint64
	// Dead has the sums of the processes that have exited, and of the peaks
	// the highest.
	Dead Amounts
}

const (
	totalsDead  = 12 * 8
	totalsBytes = totalsDead + amountsBytes
)

// Lost is the number of records about the group that were lost.
func (t Totals) Lost() uint64 { return t.LostBirths + t.LostExecs + t.LostExits + t.LostMoves }

// UnmarshalBinary reads the value of a map.
func (t *Totals) UnmarshalBinary(raw []byte) error {
	if len(raw) != totalsBytes {
		return fmt.Errorf("%w: %d bytes of totals", ErrMalformed, len(raw))
	}
	t.Births, t.Joins, t.Exits, t.Leaves = u64(raw, 0), u64(raw, 8), u64(raw, 16), u64(raw, 24)
	t.Active, t.PeakActive = int64(u64(raw, 32)), int64(u64(raw, 40))
	t.LostBirths, t.LostExecs = u64(raw, 48), u64(raw, 56)
	t.LostExits, t.LostMoves = u64(raw, 64), u64(raw, 72)
	t.PeakMemoryAtMost, t.Partial = u64(raw, 80), u64(raw, 88)
	decodeAmounts(raw[totalsDead:], &t.Dead)
	return nil
}

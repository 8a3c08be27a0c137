//go:build !linux

package terminal

// Follow follows nobody: there is no job control to take part in.
func Follow(int) *Follower { return &Follower{sys: nowhere{}} }

// Foreground is false where the question has no meaning.
func Foreground() bool { return false }

type nowhere struct{}

func (nowhere) ownGroup() int     { return 0 }
func (nowhere) mainGroup() int    { return 0 }
func (nowhere) mainStopped() bool { return false }
func (nowhere) foreground() int   { return noGroup }
func (nowhere) underShell() bool  { return false }
func (nowhere) setForeground(int) {}
func (nowhere) stop()             {}
func (nowhere) resume(int)        {}

// Modes are nothing that can change here.
type Modes struct{}

// Remember returns nil.
func Remember() *Modes { return nil }

// Restore does nothing.
func (*Modes) Restore() {}

// Reclaim does nothing.
func (*Modes) Reclaim() {}

// Width is not known.
func Width(int) (columns int, known bool) { return 0, false }

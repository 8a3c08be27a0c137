package terminal

import (
	"fmt"
	"strings"
	"testing"
)

const (
	jobs    = 100 // the group of this process
	another = 200 // a group of the main process alone
	shells  = 50
)

// scene is a system on paper. What is done to it is written down.
type scene struct {
	group   int // of the main process
	stopped bool
	front   int
	shell   bool
	did     []string
}

func (s *scene) ownGroup() int     { return jobs }
func (s *scene) mainGroup() int    { return s.group }
func (s *scene) mainStopped() bool { return s.stopped }
func (s *scene) foreground() int   { return s.front }
func (s *scene) underShell() bool  { return s.shell }

func (s *scene) setForeground(group int) {
	s.front = group
	s.did = append(s.did, fmt.Sprint("terminal to ", group))
}

func (s *scene) stop() { s.did = append(s.did, "stop") }

func (s *scene) resume(group int) {
	s.stopped = false
	s.did = append(s.did, fmt.Sprint("resume ", group))
}

func (s *scene) mainStops(f *Follower) {
	s.stopped = true
	f.MainStopped()
}

func TestFollower(t *testing.T) {
	for name, c := range map[string]struct {
		given scene
		when  func(*scene, *Follower)
		want  string
	}{
		"Ctrl-Z: stops when the command has stopped": {
			given: scene{group: jobs, front: jobs, shell: true},
			when:  func(s *scene, f *Follower) { f.StopAsked(); s.mainStops(f) },
			want:  "stop",
		},
		"Ctrl-Z, seen after the command has stopped: stops once": {
			given: scene{group: jobs, front: jobs},
			when:  func(s *scene, f *Follower) { s.mainStops(f); f.StopAsked() },
			want:  "stop",
		},
		"Ctrl-Z that the command ignores: goes on": {
			given: scene{group: jobs, front: jobs, shell: true},
			when:  func(_ *scene, f *Follower) { f.StopAsked() },
			want:  "",
		},
		"Ctrl-Z in a script that has the terminal with its command: stops with both": {
			given: scene{group: jobs, front: jobs},
			when:  func(s *scene, f *Follower) { f.StopAsked(); s.mainStops(f) },
			want:  "stop",
		},
		"Ctrl-Z while only leftovers live: stops at once": {
			given: scene{group: 0, front: jobs, shell: true},
			when:  func(_ *scene, f *Follower) { f.StopAsked() },
			want:  "stop",
		},
		"fg after Ctrl-Z: the shell has continued the command itself": {
			given: scene{group: jobs, front: jobs, shell: true},
			when: func(s *scene, f *Follower) {
				f.StopAsked()
				s.mainStops(f)
				s.stopped = false
				f.Continued()
			},
			want: "stop",
		},
		"only this process is continued: continues the command": {
			given: scene{group: jobs, front: jobs, shell: true},
			when: func(s *scene, f *Follower) {
				f.StopAsked()
				s.mainStops(f)
				f.Continued()
			},
			want: "stop, resume 100",
		},
		"the command suspends itself: stops with it": {
			given: scene{group: jobs, front: jobs, shell: true},
			when:  func(s *scene, f *Follower) { s.mainStops(f) },
			want:  "stop",
		},
		"the command is stopped in the background, without a shell: goes on, and its clocks run": {
			given: scene{group: jobs, front: shells},
			when:  func(s *scene, f *Follower) { s.mainStops(f) },
			want:  "",
		},
		"the command is stopped by somebody, and there is no terminal: goes on": {
			given: scene{group: jobs},
			when:  func(s *scene, f *Follower) { s.mainStops(f) },
			want:  "",
		},
		"a shell as the command suspends itself: takes the terminal and stops": {
			given: scene{group: another, front: another, shell: true},
			when:  func(s *scene, f *Follower) { s.mainStops(f) },
			want:  "terminal to 100, stop",
		},
		"fg of a suspended shell: hands the terminal on and continues it": {
			given: scene{group: another, front: another, shell: true},
			when: func(s *scene, f *Follower) {
				s.mainStops(f)
				f.Continued()
			},
			want: "terminal to 100, stop, terminal to 200, resume 200",
		},
		"bg of a suspended shell: continues it without the terminal": {
			given: scene{group: another, front: another, shell: true},
			when: func(s *scene, f *Follower) {
				s.mainStops(f)
				s.front = shells
				f.Continued()
			},
			want: "terminal to 100, stop, resume 200",
		},
		"a shell as the command stops for want of the terminal, fg: gets it": {
			given: scene{group: another, front: shells, shell: true},
			when: func(s *scene, f *Follower) {
				s.mainStops(f)
				s.front = jobs
				f.Continued()
			},
			want: "terminal to 200, resume 200",
		},
		"Ctrl-Z once ignored does not tie later stops to the terminal": {
			given: scene{group: jobs, front: jobs},
			when: func(s *scene, f *Follower) {
				f.StopAsked()
				f.Continued()
				s.mainStops(f)
			},
			want: "",
		},
		"the command stops and is gone: nothing to follow": {
			given: scene{group: 0, front: jobs, shell: true},
			when:  func(_ *scene, f *Follower) { f.MainStopped(); f.Continued() },
			want:  "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.given
			c.when(&s, &Follower{sys: &s})
			if got := strings.Join(s.did, ", "); got != c.want {
				t.Errorf("did %q, want %q", got, c.want)
			}
		})
	}
}

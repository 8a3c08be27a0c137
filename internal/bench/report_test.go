package bench

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func everything(string, string) bool { return true }

// example has figures that meet all targets but one.
func example() *Report {
	r := &Report{
		Version: 1,
		Host:    Host{Kernel: "6.1", CPUs: 4, Arch: "amd64", Go: "go1.26", Layout: "unified", Fence: "12000"},
		Launch: []Launch{
			{Name: plainExec, Timing: Timing{Rounds: 9, Median: 0.001, P90: 0.0015}, Ratio: 1},
			{Name: cycle, Timing: Timing{Rounds: 9, Median: 0.0014, P90: 0.002}, Ratio: 1.4},
			{Name: cycleKillOnClose, Timing: Timing{Rounds: 9, Median: 0.0016, P90: 0.002}, Ratio: 1.6},
			{Name: jobRun, Timing: Timing{Rounds: 9, Median: 0.0025, P90: 0.003}, Ratio: 2.5},
			{Name: bwrapPeer, Timing: Timing{Rounds: 9, Median: 0.005, P90: 0.006}, Ratio: 5},
		},
		Kill: []Kill{{
			Processes: 1000,
			Raw:       Timing{Rounds: 3, Median: 0.05, P90: 0.06},
			Terminate: Timing{Rounds: 3, Median: 0.055, P90: 0.06},
			Ratio:     1.1,
		}},
		Idle: []Idle{
			{Name: userTimes, Jobs: 1000, Share: 0.0022, Polling: 0.25},
			{Name: activeProcesses, Jobs: 1000, Share: 0.0095, Polling: 0.25},
		},
		Queries: &Queries{
			Processes: 1000, Ratio: 0.05,
			Traced: Timing{Rounds: 9, Median: 0.0009}, Plain: Timing{Rounds: 9, Median: 0.0005}, Proc: Timing{Rounds: 9, Median: 0.018},
		},
		Places: []Place{
			{What: "run", Mechanism: "proctree", Timing: Timing{Rounds: 9, Median: 0.02, P90: 0.03}, ToPlain: 15, ToCgroup: 2.5},
			{What: "end", Mechanism: "cgroup", Timing: Timing{Rounds: 9, Median: 0.2, P90: 0.3}, ToCgroup: 1},
		},
		Memory:  &Memory{Rounds: 5, Owner: Footprint{8e6, 5e6}, Guard: Footprint{40e3, 2e3}},
		Skipped: []Skipped{{"launch/cgexec", "not installed"}},
	}
	r.Targets = r.targets(everything)
	return r
}

func TestTargetsAreHeldAgainstTheFigures(t *testing.T) {
	want := []string{"library: the same with KillOnClose: 1.60, at most 1.50 x plain exec"}
	if diff := cmp.Diff(want, example().Missed()); diff != "" {
		t.Errorf("missed (-want +got):\n%s", diff)
	}
}

func TestSlowerThanBubblewrapIsAMissedTarget(t *testing.T) {
	r := example()
	r.Launch[4].Ratio = 2.4
	r.Targets = r.targets(everything)
	if want := "job run, against bwrap --unshare-pid: 2.50, at most 2.40 x plain exec"; !slices.Contains(r.Missed(), want) {
		t.Errorf("missed are %q, want %q among them", r.Missed(), want)
	}
}

func TestWhatWasNotMeasuredMissesItsTarget(t *testing.T) {
	r := &Report{Kill: []Kill{{Processes: 1000, Raw: Timing{Rounds: 3, Median: 0.05}}}}
	r.Targets = r.targets(everything)
	if got := len(r.Missed()); got != len(r.Targets) || got < 5 {
		t.Errorf("%d of %d targets missed: %q", got, len(r.Targets), r.Missed())
	}
}

func TestWhatWasNotAskedForHasNoTarget(t *testing.T) {
	targets := example().targets(func(section, _ string) bool { return section == "kill" })
	if len(targets) != 1 || targets[0].Name != "terminate 1000 processes" || !targets[0].Met {
		t.Errorf("targets = %v", targets)
	}
}

func TestTextForPeople(t *testing.T) {
	var text strings.Builder
	if err := example().WriteText(&text); err != nil {
		t.Fatal(err)
	}
	const want = `
   median      p90  x plain  run ` + "`true`" + `
  1.00 ms  1.50 ms     1.00  plain exec
  1.40 ms  2.00 ms     1.40  library: create, start, wait, close
  1.60 ms  2.00 ms     1.60  library: the same with KillOnClose
  2.50 ms  3.00 ms     2.50  job run
  5.00 ms  6.00 ms     5.00  bwrap --unshare-pid

  Terminate       raw  x raw  end a tree until it is proven dead
   55.00 ms  50.00 ms   1.10  1000 processes

  resident  proportional  while ` + "`job run sleep`" + ` runs
    8.0 MB        5.0 MB  owner (job run)
     40 kB          2 kB  guard

  watching  polling  % of one CPU while jobs have idle members
    0.22 %  25.00 %  1000 jobs, user times of a second
    0.95 %  25.00 %  1000 jobs, active processes

   traced  not traced  files in /proc  x files  ask for the accounting
  0.90 ms     0.50 ms        18.00 ms     0.05  1000 processes

     median        p90  x plain  x cgroup  by what keeps jobs together
   20.00 ms   30.00 ms    15.00      2.50  proctree: run
  200.00 ms  300.00 ms               1.00  cgroup: end

met     library: create, start, wait, close: 1.40, at most 1.50 x plain exec
MISSED  library: the same with KillOnClose: 1.60, at most 1.50 x plain exec
met     job run: 2.50, at most 3.00 x plain exec
met     job run, against bwrap --unshare-pid: 2.50, at most 5.00 x plain exec
met     terminate 1000 processes: 1.10, at most 1.15 x raw
met     guard, resident: 0.04, at most 6.00 MB
met     1000 idle jobs, user times of a second: 0.22, at most 1.00 % of a CPU
met     1000 idle jobs, active processes: 0.95, at most 1.00 % of a CPU
met     accounting of 1000 traced members: 0.90, at most 1.00 ms
skipped  launch/cgexec: not installed

Linux 6.1, amd64, 4 CPUs, unified cgroups, process limit: 12000, go1.26, idle gap 15ms
`
	if diff := cmp.Diff(want, "\n"+text.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestJSONHasFiguresUnderTheirNames(t *testing.T) {
	content, err := json.Marshal(example())
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Launch []map[string]any
		Kill   []map[string]any
		Memory map[string]map[string]float64
	}
	_ = json.Unmarshal(content, &got) // memory.rounds is no map
	wantLaunch := map[string]any{
		"name": plainExec, "rounds": 9.0, "median_seconds": 0.001, "p90_seconds": 0.0015, "ratio_to_plain_exec": 1.0,
	}
	if len(got.Launch) == 0 || len(got.Kill) != 1 {
		t.Fatalf("figures are missing in %s", content)
	}
	if diff := cmp.Diff(wantLaunch, got.Launch[0]); diff != "" {
		t.Errorf("launch (-want +got):\n%s", diff)
	}
	if got.Kill[0]["ratio_to_raw"] != 1.1 {
		t.Errorf("kill = %v", got.Kill[0])
	}
	if got.Memory["guard"]["rss_bytes"] != 40e3 {
		t.Errorf("memory = %v", got.Memory)
	}
}

package probe

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"jobobject/internal/cgroupfs"
	"jobobject/internal/mechanism"

	"github.com/google/go-cmp/cmp"
)

func sample() Report {
	return Report{
		Host: Host{
			System: "linux", Kernel: "6.1", Architecture: "amd64",
			Privileges: Privileges{Held: []string{}, Missing: []string{"CAP_BPF"}},
			Cgroups: Cgroups{
				Layout: cgroupfs.LayoutHybrid, MountPoint: "/cg/unified", OwnPath: "/", OwnDirectory: "/cg/unified",
				Controllers: []string{}, EnabledControllers: []string{},
				V1: []V1Hierarchy{
					{Controllers: []string{"pids"}, MountPoint: "/cg/pids", OwnPath: "/"},
					{Controllers: []string{"cpu", "cpuacct"}, MountPoint: "/cg/cpu,cpuacct", OwnPath: "/"},
					{Controllers: []string{"memory"}, MountPoint: "/cg/memory", OwnPath: "/other"},
				},
			},
		},
		Mechanism: mechanism.Choice{Name: mechanism.Proctree, Forced: "me", Why: "no cgroup", Remedy: "c && d"},
		Capabilities: []Capability{
			{Name: MakeGroup, Group: Groups, State: No, Why: "mkdir: permission denied", Remedy: "a && b"},
			{Name: StartInside, Group: Groups, State: No, Why: "needs that", Remedy: "a && b"},
			{Name: CPUController, Group: Limits, State: Partial, How: "later", Why: "not yet", Remedy: "echo"},
			{Name: Pidfd, Group: Processes, State: Yes, How: "pidfd_open"},
			{Name: Subreaper, Group: Processes, State: Yes, How: "prctl"},
			{Name: ProcConnector, Group: Events, State: Unknown, Why: "not tried"},
		},
	}
}

func TestTextHasOneAlignedLinePerCapability(t *testing.T) {
	var out bytes.Buffer
	if err := sample().WriteText(&out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")

	column := -1
	for _, c := range sample().Capabilities {
		at := -1
		for i, line := range lines {
			if fields := strings.Fields(line); len(fields) > 0 && fields[0] == string(c.State) && strings.Contains(line, "  "+c.Name+"  ") {
				at = i
			}
		}
		if at < 0 {
			t.Fatalf("no line for %s in:\n%s", c.Name, text)
		}
		if start := strings.Index(lines[at], c.Name); column >= 0 && start != column {
			t.Errorf("%s starts in column %d, others in %d:\n%s", c.Name, start, column, text)
		} else {
			column = start
		}
		if !strings.Contains(lines[at], c.How) || !strings.Contains(lines[at], c.Why) {
			t.Errorf("line %q lacks how or why", lines[at])
		}
	}
	if n := strings.Count(text, "remedy: a && b"); n != 1 {
		t.Errorf("a remedy of two lines is told %d times:\n%s", n, text)
	}
	if last := lines[len(lines)-1]; last != "job run works here: yes, as a supervised process tree; no cgroup" {
		t.Errorf("last line is %q", last)
	}
	for _, line := range lines {
		if line != strings.TrimRight(line, " \t") {
			t.Errorf("line %q ends in blanks", line)
		}
	}
	if !strings.Contains(text, "mechanism   proctree (forced by me, no cgroup)\n") || !strings.Contains(text, "better    c && d\n") {
		t.Errorf("the mechanism is not told, by whom and why:\n%s", text)
	}
	if !strings.Contains(text, "pids cpu,cpuacct below /cg (mounted read-write), own group /\n") ||
		!strings.Contains(text, "memory below /cg (mounted read-write), own group /other\n") {
		t.Errorf("v1 hierarchies are not told by place:\n%s", text)
	}
}

type refuser struct{}

var errRefused = errors.New("refused")

func (refuser) Write([]byte) (int, error) { return 0, errRefused }

func TestTextPassesOnTheWritersError(t *testing.T) {
	if err := sample().WriteText(refuser{}); !errors.Is(err, errRefused) {
		t.Errorf("error is %v", err)
	}
}

func TestJSONIsStableAndReadable(t *testing.T) {
	// An encoder that escapes HTML would spoil the commands in remedies.
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(sample()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"remedy":"a && b"`) {
		t.Errorf("remedies are not readable: %s", out.String())
	}

	var back Report
	if err := json.Unmarshal(out.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), back); diff != "" {
		t.Errorf("came back different (-want +got):\n%s", diff)
	}
	var fields map[string]any
	if err := json.Unmarshal(out.Bytes(), &fields); err != nil {
		t.Fatal(err)
	}
	canRun, _ := fields["can_run"].(map[string]any)
	if canRun["ok"] != true || canRun["why"] == "" {
		t.Errorf("can_run is %v", fields["can_run"])
	}
	if strings.Contains(out.String(), "null") {
		t.Errorf("an empty list is null: %s", out.String())
	}
}

func TestCanRun(t *testing.T) {
	group := Capability{Name: MakeGroup, State: Yes}
	noGroup := Capability{Name: MakeGroup, State: No, Why: "W"}
	pidfd := Capability{Name: Pidfd, State: Yes}
	reaper := Capability{Name: Subreaper, State: Yes}
	for _, tt := range []struct {
		name      string
		mechanism string
		caps      []Capability
		ok        bool
		why       string
	}{
		{"in a group", mechanism.Cgroup, []Capability{group, {Name: StartInside, State: Yes}}, true, "in a cgroup below /own"},
		{"moved into a group", mechanism.Cgroup, []Capability{group, {Name: StartInside, State: Partial}}, true, "in a cgroup below /own"},
		{"a group that cannot be entered", mechanism.Cgroup, []Capability{group, {Name: StartInside, State: No, Why: "W"}}, false, `cgroup lacks "start inside": W`},
		{"a group that is forced", mechanism.Cgroup, []Capability{noGroup, pidfd, reaper}, false, `cgroup lacks "make group": W`},
		{"a tree", mechanism.Proctree, []Capability{noGroup, pidfd, reaper}, true, "as a supervised process tree; because"},
		{"a tree without pidfd", mechanism.Proctree, []Capability{noGroup, {Name: Pidfd, State: No, Why: "W"}, reaper}, false, `proctree lacks "pidfd": W`},
		{"nothing to hold it", "", []Capability{group, pidfd, reaper}, false, "because"},
		{"nothing tried", mechanism.Cgroup, nil, false, "not tried"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ok, why := Report{
				Host:         Host{Cgroups: Cgroups{Layout: cgroupfs.LayoutUnified, OwnDirectory: "/own"}},
				Mechanism:    mechanism.Choice{Name: tt.mechanism, Why: "because"},
				Capabilities: tt.caps,
			}.CanRun()
			if ok != tt.ok || !strings.Contains(why, tt.why) {
				t.Errorf("got %t, %q; want %t, %q", ok, why, tt.ok, tt.why)
			}
		})
	}
}

func TestUnsupportedSystemIsSaidPlainly(t *testing.T) {
	report := Report{
		Host:         Host{System: "plan9"},
		Capabilities: []Capability{{Name: MakeGroup, Group: Groups, State: No, Why: "unsupported system"}},
	}
	var out bytes.Buffer
	if err := report.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(out.String(), "job run works here: no, unsupported system\n") || strings.Contains(out.String(), "delegation") {
		t.Errorf("text is:\n%s", out.String())
	}
}

package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// With this in its environment the test binary prints a report and exits: how
// a run is seen from another user.
const printReport = "JOBOBJECT_PROBE_TEST_PRINT_REPORT"

const nobody = 65534

func TestMain(m *testing.M) {
	if os.Getenv(printReport) == "" {
		os.Exit(m.Run())
	}
	report, err := Run(context.Background())
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(report)
	}
	if err == nil {
		err = nothingLeft(report)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(t *testing.T) Report {
	t.Helper()
	report, err := Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// runAs runs the test binary as that user. It goes by /proc/self/exe because
// the directory go test builds in is closed to others.
func runAs(t *testing.T, uid uint32) Report {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Dir = "/"
	cmd.Env = []string{printReport + "=1", "PATH=/usr/bin:/bin"}
	switch os.Geteuid() {
	case int(uid): // there is nothing to become
	case 0:
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	default:
		t.Skip("only root can become another user")
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run as uid %d: %v", uid, err)
	}
	var report Report
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("report as uid %d: %v\n%s", uid, err, out)
	}
	return report
}

func TestRunAnswersEveryProbeOnce(t *testing.T) {
	for name, report := range map[string]Report{"as the caller": run(t), "as nobody": runAs(t, nobody)} {
		t.Run(name, func(t *testing.T) {
			if len(report.Capabilities) != len(probes) {
				t.Errorf("%d capabilities, want %d", len(report.Capabilities), len(probes))
			}
			seen := map[string]bool{}
			for _, c := range report.Capabilities {
				checkCapability(t, c)
				if seen[c.Name] {
					t.Errorf("%s is reported twice", c.Name)
				}
				seen[c.Name] = true
			}
			if _, why := report.CanRun(); why == "" {
				t.Error("CanRun gives no reason")
			}
		})
	}
}

func checkCapability(t *testing.T, c Capability) {
	t.Helper()
	if c.Name == "" || c.Group == "" {
		t.Errorf("%+v has no name or no group", c)
	}
	if strings.Contains(c.How+c.Why+c.Remedy, "\n") {
		t.Errorf("%s: more than one line: %+v", c.Name, c)
	}
	wantHow, wantWhy := false, true
	switch c.State {
	case Yes:
		wantHow, wantWhy = true, false
	case Partial:
		wantHow = true
	case No, Unknown:
	default:
		t.Errorf("%s: state %q", c.Name, c.State)
	}
	if (c.How != "") != wantHow || (c.Why != "") != wantWhy || c.State == Yes && c.Remedy != "" {
		t.Errorf("%s: what is said does not fit the state: %+v", c.Name, c)
	}
}

func TestProcessMechanismsNeedNoPrivilege(t *testing.T) {
	report := runAs(t, nobody)
	for _, name := range []string{Pidfd, Subreaper, ChildRlimits} {
		if c := report.find(name); c.State != Yes {
			t.Errorf("%s as nobody: %+v", name, c)
		}
	}
}

func TestNobodyCannotMakeGroupsInRootsGroup(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the group of this test is not root's alone")
	}
	mine := run(t) // the child that becomes nobody is in the same group
	if !mine.Host.Delegation.CanMakeGroups {
		t.Skip("nor can the caller here:", mine.Host.Delegation.Why)
	}
	report := runAs(t, nobody)

	c := report.find(MakeGroup)
	if c.State != No || !strings.Contains(c.Why, "permission denied") || c.Remedy == "" {
		t.Errorf("make group as nobody: %+v", c)
	}
	if report.Host.Delegation.CanMakeGroups || report.Host.Delegation.Owned {
		t.Errorf("delegation as nobody: %+v", report.Host.Delegation)
	}
	if ok, why := report.CanRun(); !ok || !strings.Contains(why, "process tree") {
		t.Errorf("CanRun as nobody: %t, %s", ok, why)
	}
	if len(report.Host.Privileges.Held) != 0 {
		t.Errorf("nobody holds %v", report.Host.Privileges.Held)
	}
}

func TestRunLeavesNothingBehind(t *testing.T) {
	report := run(t) // the runtime keeps a few descriptors from their first use on
	ignore := goleak.IgnoreCurrent()
	before := descriptors(t)

	run(t)

	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
	goleak.VerifyNone(t, ignore)
	if err := nothingLeft(report); err != nil {
		t.Error(err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	report, err := Run(ctx)

	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if err := nothingLeft(report); err != nil {
		t.Error(err)
	}
}

func TestRunsDoNotDisturbEachOther(t *testing.T) {
	const runs = 4
	want := states(run(t))
	reports := make(chan Report, runs)
	for range runs {
		go func() {
			report, err := Run(t.Context())
			if err != nil {
				t.Error(err)
			}
			reports <- report
		}()
	}
	for range runs {
		if got := states(<-reports); got != want {
			t.Errorf("beside other runs: %s\nalone: %s", got, want)
		}
	}
}

func states(r Report) string {
	var all []string
	for _, c := range r.Capabilities {
		all = append(all, c.Name+"="+string(c.State))
	}
	return strings.Join(all, " ")
}

func BenchmarkRun(b *testing.B) {
	for b.Loop() {
		if _, err := Run(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

package probe

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"jobobject/internal/cgroupfs"
	"jobobject/internal/mechanism"
)

// bench is what the probes of one run share: the host as it was found, and one
// group of their own to try things in.
type bench struct {
	ctx      context.Context
	host     Host
	groups   cgroupfs.Hierarchies
	group    *trialGroup // nil where none could be made
	groupErr error       // why not
	btf      func() (map[btfTarget]uint32, error)
}

// finding is what one probe answers.
type finding struct {
	state            State
	how, why, remedy string
}

func yes(format string, args ...any) finding {
	return finding{state: Yes, how: fmt.Sprintf(format, args...)}
}

func partial(how string, err error, remedy string) finding {
	return finding{state: Partial, how: how, why: oneLine(err), remedy: remedy}
}

func no(err error, remedy string) finding {
	return finding{state: No, why: oneLine(err), remedy: remedy}
}

func unknown(err error, remedy string) finding {
	return finding{state: Unknown, why: oneLine(err), remedy: remedy}
}

// oneLine is for errors that were joined: a capability has one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// probes are all of them, in the order of the report. They run one after the
// other: each takes about a millisecond, and two children at a time would only
// make the answers harder to trust.
var probes = []struct {
	name, group string
	try         func(*bench) finding
}{
	{MakeGroup, Groups, (*bench).makeGroup},
	{StartInside, Groups, (*bench).startInside},
	{GroupEvents, Groups, (*bench).groupEvents},
	{FreezeGroup, Groups, (*bench).freezeGroup},
	{KillGroup, Groups, (*bench).killGroup},
	{GroupXattr, Groups, (*bench).groupXattr},
	{GroupLock, Groups, (*bench).groupLock},
	{CPUAccounting, Groups, (*bench).cpuAccounting},

	{MemoryController, Limits, (*bench).memoryController},
	{MemoryGroupKill, Limits, (*bench).memoryGroupKill},
	{PidsController, Limits, (*bench).pidsController},
	{CPUController, Limits, (*bench).cpuController},
	{CPUSetController, Limits, (*bench).cpusetController},
	{IOController, Limits, (*bench).ioController},
	{ChildRlimits, Limits, (*bench).childRlimits},
	{Priorities, Limits, (*bench).priorities},
	{CrashDumps, Limits, (*bench).crashDumps},
	{PageOut, Limits, (*bench).pageOut},

	{Pidfd, Processes, (*bench).pidfd},
	{PidfdExitInfo, Processes, (*bench).pidfdExitInfo},
	{Subreaper, Processes, (*bench).subreaper},
	{SuspendedStart, Processes, (*bench).suspendedStart},

	{EBPFTracing, Events, (*bench).ebpfTracing},
	{EBPFForkRefusal, Events, (*bench).ebpfForkRefusal},
	{ProcConnector, Events, (*bench).procConnector},
}

// Run tries everything and reports. It fails when the host cannot even be
// looked at (no /proc), when ctx ends, or when something it made could not be
// removed again; the report then holds what was found until there.
func Run(ctx context.Context) (_ Report, err error) {
	// Before the host is looked at: systemd may take this process to another place.
	chosen, noMechanism := mechanism.Look()
	host, groups, err := lookAtHost()
	report := Report{Host: host, Capabilities: []Capability{}}
	if err != nil {
		return report, fmt.Errorf("look at host: %w", err)
	}

	b := &bench{ctx: ctx, host: host, groups: groups}
	b.group, b.groupErr = b.makeGroupWhereAllowed()
	if b.group != nil {
		defer func() {
			err = errors.Join(err, b.group.remove(ctx))
		}()
		report.Host.Delegation.CanMakeGroups = true
	} else {
		report.Host.Delegation.Why = b.groupErr.Error()
	}

	chosen.Choice = choiceOf(chosen, noMechanism)
	if chosen.Name != mechanism.Cgroup && chosen.Forced == "" && b.groupErr != nil {
		chosen.Remedy = b.remedyForGroup(b.groupErr) // it knows the host
	}
	report.Mechanism = chosen.Choice

	for _, p := range probes {
		if err := ctx.Err(); err != nil {
			return report, fmt.Errorf("probe %s: %w", p.name, err)
		}
		f := underMechanism(chosen, p.name, p.try(b))
		report.Capabilities = append(report.Capabilities, Capability{
			Name: p.name, Group: p.group, State: f.state, How: f.how, Why: f.why, Remedy: f.remedy,
		})
	}
	return report, nil
}

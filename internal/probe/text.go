package probe

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"
	"text/tabwriter"

	"jobobject/internal/mechanism"
)

// WriteText writes the report for a person: the host, one line per capability
// with the remedy below it where it is missing, and whether a command can be
// run here.
func (r Report) WriteText(w io.Writer) error {
	var out bytes.Buffer
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	writeHost(table, r.Host)
	writeMechanism(table, r.Mechanism)
	// A line without cells ends tabwriter's columns: the host block and the
	// list are two tables, the list is one.
	fmt.Fprintln(table)
	writeCapabilities(table, r.Capabilities)
	fmt.Fprintln(table)
	if err := table.Flush(); err != nil {
		return fmt.Errorf("lay out probe report: %w", err)
	}

	answer := "no"
	ok, why := r.CanRun()
	if ok {
		answer = "yes"
	}
	fmt.Fprintf(&out, "job run works here: %s, %s\n", answer, why)

	if _, err := w.Write(trimLineEnds(out.Bytes())); err != nil {
		return fmt.Errorf("write probe report: %w", err)
	}
	return nil
}

func writeCapabilities(w io.Writer, capabilities []Capability) {
	told := map[string]bool{}
	for _, c := range capabilities {
		text := c.How
		switch {
		case text == "":
			text = c.Why
		case c.Why != "":
			text += " (" + c.Why + ")"
		}
		// One missing thing often takes several others with it; its remedy is
		// worth reading once.
		if told[c.Remedy] {
			text += " (remedy above)"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.State, c.Group, c.Name, text)
		if c.Remedy != "" && !told[c.Remedy] {
			fmt.Fprintf(w, "\t\t\t  remedy: %s\n", c.Remedy)
			told[c.Remedy] = true
		}
	}
}

func writeMechanism(w io.Writer, c mechanism.Choice) {
	name, forced := c.Name, ""
	if name == "" {
		name = "none"
	}
	if c.Forced != "" {
		forced = "forced by " + c.Forced + ", "
	}
	fmt.Fprintf(w, "mechanism\t%s (%s%s)\n", name, forced, c.Why)
	if c.Remedy != "" {
		fmt.Fprintf(w, "  better\t%s\n", c.Remedy)
	}
}

func writeHost(w io.Writer, h Host) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	place := "no container seen"
	if h.Container != "" {
		place = "in a container (" + h.Container + ")"
	}
	line("host", "%s", strings.TrimSpace(fmt.Sprintf("%s %s %s", h.System, h.Kernel, h.Architecture)))
	if h.Cgroups.Layout == "" {
		return // a system that was not looked at any further
	}
	line("user", "uid %d%s, %s, %s, %s", h.User.EffectiveUID, rootWord(h.User),
		namespaceWord("user", h.UserNamespace), namespaceWord("pid", h.PIDNamespace), place)
	line("holds", "%s", listOrNone(h.Privileges.Held))
	line("lacks", "%s", listOrNone(h.Privileges.Missing))
	writeCgroups(line, h.Cgroups)
	line("delegation", "%s", h.Delegation)
}

func writeCgroups(line func(name, format string, args ...any), c Cgroups) {
	line("cgroups", "%s", c.Layout)
	if c.MountPoint != "" {
		line("  v2", "%s (%s), own group %s, controllers %s, for child groups %s",
			c.MountPoint, mountWord(c.ReadOnly), c.OwnPath, listOrNone(c.Controllers), listOrNone(c.EnabledControllers))
	}
	for _, place := range groupV1(c.V1) {
		line("  v1", "%s", place)
	}
}

// groupV1 tells of v1 hierarchies in as few lines as they differ in: there are
// often a dozen, side by side in one directory.
func groupV1(all []V1Hierarchy) []string {
	var places []string
	controllers := map[string][]string{}
	for _, h := range all {
		place := fmt.Sprintf("below %s (%s), own group %s", path.Dir(h.MountPoint), mountWord(h.ReadOnly), h.OwnPath)
		if controllers[place] == nil {
			places = append(places, place)
		}
		controllers[place] = append(controllers[place], strings.Join(h.Controllers, ","))
	}
	for i, place := range places {
		places[i] = strings.Join(controllers[place], " ") + " " + place
	}
	return places
}

// String says in words who may make groups and who could allow it.
func (d Delegation) String() string {
	words := []string{"groups can be made"}
	if !d.CanMakeGroups {
		words[0] = "no group can be made"
	}
	if d.Owned {
		words = append(words, "own group belongs to this user")
	} else {
		words = append(words, "own group does not belong to this user")
	}
	switch {
	case d.UserManager != "":
		words = append(words, "systemd user manager at "+d.UserManager)
	case d.Systemd:
		words = append(words, "systemd without a user manager")
	default:
		words = append(words, "no systemd")
	}
	return strings.Join(words, ", ")
}

func namespaceWord(kind string, n Namespace) string {
	if n.Initial {
		return "initial " + kind + " namespace"
	}
	return fmt.Sprintf("%s namespace %d", kind, n.ID)
}

func rootWord(u User) string {
	if u.Root {
		return " (root)"
	}
	return ""
}

func mountWord(readOnly bool) string {
	if readOnly {
		return "mounted read-only"
	}
	return "mounted read-write"
}

func listOrNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, " ")
}

// trimLineEnds takes off the padding tabwriter leaves behind empty cells.
func trimLineEnds(text []byte) []byte {
	lines := bytes.Split(text, []byte("\n"))
	for i := range lines {
		lines[i] = bytes.TrimRight(lines[i], " ")
	}
	return bytes.Join(lines, []byte("\n"))
}

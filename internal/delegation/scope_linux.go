package delegation

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	destination = "org.freedesktop.systemd1"
	object      = "/org/freedesktop/systemd1"
	methods     = "org.freedesktop.systemd1.Manager."
	jobRemoved  = methods + "JobRemoved"
)

// delegates asks whether a unit of the manager's own is delegated, and this process is
// right in it. What goes wrong will go wrong again with the scope, and is told then.
func (m *manager) delegates(own string) bool {
	inside, managed := within(m.at, own)
	_, unit := ofManager(inside)
	if !managed || unit != filepath.Base(own) {
		return false
	}
	kind := "Scope"
	if filepath.Ext(unit) == ".service" {
		kind = "Service"
	}
	var at dbus.ObjectPath
	if err := m.conn.Object(destination, object).Call(methods+"GetUnit", 0, unit).Store(&at); err != nil {
		return false
	}
	m.answered()
	value, err := m.conn.Object(destination, at).GetProperty(destination + "." + kind + ".Delegate")
	m.answered()
	delegated, known := value.Value().(bool)
	return err == nil && known && delegated
}

// property is one of a transient unit.
type property struct {
	Name  string
	Value dbus.Variant
}

// auxiliary is a unit to be made together with it; there is none.
type auxiliary struct {
	Name       string
	Properties []property
}

// startScope has this process moved into a scope of its own, and returns its name
// when that is done.
//
// A manager that is given up on may do it nevertheless, later. Nothing can be done
// about that: to stop the scope is to kill who is in it.
func (m *manager) startScope(own string) (string, error) {
	// Not as groups are called: it is nobody's to sweep up. The number is no secret,
	// and crypto/rand would be initialized by every program.
	name := fmt.Sprintf("job-%d-%s.scope", os.Getpid(), strconv.FormatUint(rand.Uint64(), 36))
	removed := make(chan *dbus.Signal, 64)
	m.conn.Signal(removed)
	if err := m.listen(); err != nil {
		return "", m.explain(err)
	}
	m.answered()
	var job dbus.ObjectPath
	call := m.conn.Object(destination, object).Call(methods+"StartTransientUnit", 0,
		name, "fail", m.properties(own), []auxiliary{})
	if err := call.Store(&job); err != nil {
		return "", m.explain(err)
	}
	m.clock.Stop()
	over := time.NewTimer(m.job)
	defer over.Stop()
	for {
		select {
		case signal, open := <-removed:
			if !open || signal == nil {
				return "", fmt.Errorf("systemd (%s) has hung up before %s was there", m.socket, name)
			}
			if result, ended := resultOf(signal, name); ended && result == "done" {
				return name, nil
			} else if ended {
				return "", fmt.Errorf("systemd (%s) could not move it into %s: the result is %q", m.socket, name, result)
			}
		case <-over.C:
			return "", fmt.Errorf("%w: it has taken on %s (%s) and not finished it", errNoAnswer, name, m.socket)
		}
	}
}

// listen asks to be told of jobs that are over, as those on a bus have to. On its own
// socket a manager tells everybody.
func (m *manager) listen() error {
	if !m.bus {
		return nil
	}
	if err := m.conn.AddMatchSignal(dbus.WithMatchObjectPath(object), dbus.WithMatchMember("JobRemoved")); err != nil {
		return err
	}
	return m.conn.Object(destination, object).Call(methods+"Subscribe", 0).Err
}

// resultOf reads a signal that may be the end of the job for that unit.
func resultOf(signal *dbus.Signal, unit string) (result string, over bool) {
	if signal.Name != jobRemoved {
		return "", false
	}
	var id uint32
	var job dbus.ObjectPath
	var about string
	err := dbus.Store(signal.Body, &id, &job, &about, &result)
	return result, err == nil && about == unit
}

// explain says what was wrong in the manager's own words.
func (m *manager) explain(err error) error {
	var refusal dbus.Error
	if errors.As(err, &refusal) {
		return fmt.Errorf("systemd (%s) refuses a scope: %w", m.socket, refusal)
	}
	if m.late.Load() {
		return fmt.Errorf("%w (%s)", errNoAnswer, m.socket)
	}
	return fmt.Errorf("ask systemd (%s) for a scope: %w", m.socket, err)
}

// properties are what the scope has. It is where the caller is, as far as that is
// this manager's, so that what bounds the slice still bounds the caller; and who ends
// the service that the caller is of ends the scope.
func (m *manager) properties(own string) []property {
	list := []property{
		// 0 is who asks, whatever its number is where the manager is.
		{"PIDs", dbus.MakeVariant([]uint32{0})},
		{"Delegate", dbus.MakeVariant(true)},
		{"Description", dbus.MakeVariant(fmt.Sprintf("jobs of %s, process %d", filepath.Base(os.Args[0]), os.Getpid()))},
		{"CollectMode", dbus.MakeVariant("inactive-or-failed")},
	}
	slice := ""
	if inside, managed := within(m.at, own); managed {
		var unit string
		if slice, unit = ofManager(inside); strings.HasSuffix(unit, ".service") {
			list = append(list, property{"BindsTo", dbus.MakeVariant([]string{unit})})
		}
	}
	if slice == "" && m.user {
		slice = "app.slice"
	}
	if slice != "" {
		list = append(list, property{"Slice", dbus.MakeVariant(slice)})
	}
	return list
}

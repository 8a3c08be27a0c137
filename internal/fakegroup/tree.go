package fakegroup

import (
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"jobobject/internal/group"
)

// dir is a place for processes: a group, or just somewhere. Its fields are
// guarded by the machine's lock.
type dir struct {
	name     string
	path     string
	parent   *dir
	children map[string]*dir

	// Of a group:
	id     string
	state  group.State
	held   group.Limits
	spent  time.Duration // of processor time, by processes that ended here
	frozen bool
	killed bool // ended, and not renewed since
	owned  bool // the process that made it has not let go of it

	births int // of the root: how many processes there ever were
}

// make gives the place with that path.
func (d *dir) make(path string) *dir {
	for name := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if name == "" {
			continue
		}
		if d.children[name] == nil {
			d.children[name] = d.below(name, "")
		}
		d = d.children[name]
	}
	return d
}

// find is nil where there is no such place.
func (d *dir) find(path string) *dir {
	for name := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if name != "" && d != nil {
			d = d.children[name]
		}
	}
	return d
}

// below makes a directory that is not in the tree yet. One with an id is a group.
func (d *dir) below(name, id string) *dir {
	return &dir{name: name, path: path.Join(d.path, name), parent: d, id: id, children: map[string]*dir{}}
}

// up lists the places around it, itself first.
func (d *dir) up() []*dir {
	var chain []*dir
	for ; d != nil; d = d.parent {
		chain = append(chain, d)
	}
	return chain
}

func (d *dir) within(outer *dir) bool { return slices.Contains(d.up(), outer) }

// stopped tells whether it, or a place around it, is frozen.
func (d *dir) stopped() bool {
	return slices.ContainsFunc(d.up(), func(around *dir) bool { return around.frozen })
}

// groups are those around it and itself, outermost first.
func (d *dir) groups() []*dir {
	groups := slices.DeleteFunc(d.up(), func(around *dir) bool { return around.id == "" })
	slices.Reverse(groups)
	return groups
}

func (d *dir) place() group.Place {
	place := group.Place{Ref: d.path}
	for _, around := range d.groups() {
		place.Jobs = append(place.Jobs, around.id)
	}
	return place
}

// all lists it and what is below it, parents first.
func (d *dir) all() []*dir {
	found := []*dir{d}
	for _, name := range slices.Sorted(maps.Keys(d.children)) {
		found = append(found, d.children[name].all()...)
	}
	return found
}

// removed tells whether it has been taken away.
func (d *dir) removed() bool { return d.parent != nil && d.parent.children[d.name] != d }

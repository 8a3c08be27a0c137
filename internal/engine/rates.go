package engine

import (
	"fmt"
	"math"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// checkRates looks at the rates that have to fit something else.
func checkRates(l kernel.Limits) error {
	switch {
	case l.CPUMinRate > kernel.FullCPURate:
		return invalid("CPUMinRate", l.CPUMinRate, "want 1 to 10000, in hundredths of a percent, or 0 for no limit (CPU-07)")
	case l.CPUMinRate != 0 && l.CPUWeight != 0:
		return invalid("CPUMinRate", l.CPUMinRate, "it excludes CPUWeight; a job has one of them (CPU-07, CPU-13)")
	case l.CPURate != 0 && l.CPUMinRate > l.CPURate:
		return invalid("CPUMinRate", l.CPUMinRate, fmt.Sprintf("want no more than CPURate, %d, or 0 in that for no cap (CPU-07)", l.CPURate))
	}
	return checkIORate(l.IORate)
}

func checkIORate(r kernel.IORate) error {
	if r == (kernel.IORate{}) {
		return nil
	}
	bounds := []struct {
		field       string
		value, most uint64
		want        string
	}{
		{"IORate.ReadBytes", r.ReadBytes, math.MaxInt64, "want less than 2^63 bytes a second, or 0 for no bound"},
		{"IORate.WriteBytes", r.WriteBytes, math.MaxInt64, "want less than 2^63 bytes a second, or 0 for no bound"},
		// One more is how the kernel says that there is none.
		{"IORate.ReadOperations", r.ReadOperations, math.MaxUint32 - 1, "want less than 4294967295 a second, or 0 for no bound"},
		{"IORate.WriteOperations", r.WriteOperations, math.MaxUint32 - 1, "want less than 4294967295 a second, or 0 for no bound"},
	}
	bounded := false
	for _, b := range bounds {
		if b.value > b.most {
			return invalid(b.field, b.value, b.want)
		}
		bounded = bounded || b.value != 0
	}
	if !bounded {
		return invalid("IORate.Device", r.Device, "it has no bound (IOR-02); want bytes or operations a second, or no device")
	}
	return nil
}

func checkKillsAll(l kernel.Limits) error {
	if l.JobMemoryKillsAll && l.JobMemory == 0 {
		return invalid("JobMemoryKillsAll", true, "it says what happens at the limit JobMemory, and there is none")
	}
	return nil
}

// refuseSecondIORate keeps a job from having a rate where one around it, or below it,
// has one: there is one in a hierarchy (IOR-06, NST-35). Not all systems could hold
// both.
func (j *job) refuseSecondIORate(limits kernel.Limits, at group.Place) error {
	if limits.IORate == (kernel.IORate{}) {
		return nil
	}
	for _, around := range j.engine.ancestors(at) {
		if around != j && around.limits.IORate != (kernel.IORate{}) {
			return errSecondIORate("around")
		}
	}
	if j.group == nil {
		return nil // nothing can be below it
	}
	for _, below := range j.engine.within(j.id) {
		if below != j && below.limits.IORate != (kernel.IORate{}) {
			return errSecondIORate("below")
		}
	}
	return nil
}

func errSecondIORate(where string) error {
	return fmt.Errorf("IORate: %w: a job %s this one has an IORate, and there is one in a hierarchy (IOR-06, NST-35); drop one of them",
		kernel.ErrInvalidLimit, where)
}

package main

import (
	"fmt"
	"strings"

	"jobobject"
	"jobobject/internal/report"
)

func onIf(set bool) report.Amount {
	if !set {
		return report.Amount{}
	}
	return report.On()
}

// ioList is a rate as ioRateInto reads it.
func ioList(r jobobject.IORate) string {
	var parts []string
	for _, bound := range []struct {
		name string
		n    uint64
		show func(uint64) string
	}{
		{"read", r.ReadBytes, sizeText}, {"write", r.WriteBytes, sizeText},
		{"read-ops", r.ReadOperations, func(n uint64) string { return fmt.Sprint(n) }},
		{"write-ops", r.WriteOperations, func(n uint64) string { return fmt.Sprint(n) }},
	} {
		if bound.n > 0 {
			parts = append(parts, bound.name+"="+bound.show(bound.n))
		}
	}
	if r.Device != "" {
		parts = append(parts, "device="+r.Device)
	}
	return strings.Join(parts, ",")
}

func workingSet(l jobobject.Limits) report.Amount {
	if l.MaxWorkingSet == 0 {
		return report.Amount{}
	}
	return report.Word(sizeText(l.MinWorkingSet) + "," + sizeText(l.MaxWorkingSet))
}

func schedulingClass(l jobobject.Limits) report.Amount {
	class, set := l.SchedulingClass.Get()
	if !set {
		return report.Amount{}
	}
	return report.Count(uint64(class))
}

// priorityName is that of its flag, "" for none.
func priorityName(class jobobject.PriorityClass) string {
	return map[jobobject.PriorityClass]string{
		jobobject.IdlePriority: "idle", jobobject.BelowNormalPriority: "below-normal", jobobject.NormalPriority: "normal",
		jobobject.AboveNormalPriority: "above-normal", jobobject.HighPriority: "high", jobobject.RealtimePriority: "realtime",
	}[class]
}

// sizeText is a size as parseSize reads it, without loss.
func sizeText(n uint64) string {
	const units = "KMGT"
	unit := 0
	for ; unit < len(units) && n != 0 && n%1024 == 0; unit++ {
		n /= 1024
	}
	if unit == 0 {
		return fmt.Sprint(n)
	}
	return fmt.Sprint(n) + units[unit-1:unit]
}

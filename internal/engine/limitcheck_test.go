package engine_test

import (
	"strings"
	"testing"
	"time"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

// C36, C57
func TestSET06_a_limit_that_makes_no_sense_is_refused_by_name_and_nothing_is_stored(t *testing.T) {
	for name, c := range map[string]struct {
		limits kernel.Limits
		names  []string // what the error has to tell
	}{
		"less than a page":                      {kernel.Limits{JobMemory: 4095}, []string{"JobMemory", "4095", "4096"}},
		"more memory than a kernel can count":   {kernel.Limits{JobMemory: 1 << 63}, []string{"JobMemory", "9223372036854775808"}},
		"a negative job time":                   {kernel.Limits{JobUserTime: -1}, []string{"JobUserTime", "-1ns"}},
		"a negative process time":               {kernel.Limits{ProcessUserTime: -time.Second}, []string{"ProcessUserTime", "-1s"}},
		"LIM-17, preserve and set":              {kernel.Limits{JobUserTime: 1, PreserveJobTime: true}, []string{"JobUserTime", "PreserveJobTime"}},
		"EOJ-06, an action that is none":        {kernel.Limits{EndOfJobTime: 2}, []string{"EndOfJobTime", "2"}},
		"LIM-31, a processor that there is not": {kernel.Limits{Affinity: 1 << fakegroup.Processors}, []string{"Affinity", "0x4", "2 processors"}},
		"CPU-02, more than all processors":      {kernel.Limits{CPURate: 10001}, []string{"CPURate", "10001", "10000"}},
		"CPU-04, a weight that is none":         {kernel.Limits{CPUWeight: 10}, []string{"CPUWeight", "10", "9"}},
		"LIM-40, a class that is none":          {kernel.Limits{PriorityClass: 0x21}, []string{"PriorityClass", "0x21", "NormalPriority"}},
		"LIM-44, a class above the highest":     {kernel.Limits{SchedulingClass: kernel.SchedulingClassOf(10)}, []string{"SchedulingClass", "10", "0 to 9"}},
		"LIM-44, the highest number":            {kernel.Limits{SchedulingClass: kernel.SchedulingClassOf(255)}, []string{"SchedulingClass", "0 to 9"}},
		"LIM-33, a subset of no affinity":       {kernel.Limits{SubsetAffinity: true}, []string{"SubsetAffinity", "Affinity"}},
		"LIM-02, no minimum":                    {kernel.Limits{MaxWorkingSet: 1 << 20}, []string{"MinWorkingSet", "0", "MaxWorkingSet"}},
		"LIM-02, no maximum":                    {kernel.Limits{MinWorkingSet: 1 << 20}, []string{"MaxWorkingSet", "0", "MinWorkingSet"}},
		"LIM-02, a minimum above the maximum":   {kernel.Limits{MinWorkingSet: 8192, MaxWorkingSet: 4096}, []string{"MinWorkingSet", "8192", "MaxWorkingSet"}},
		"LIM-01, less than a page to work with": {kernel.Limits{MinWorkingSet: 1, MaxWorkingSet: 4096}, []string{"MinWorkingSet", "4096"}},
		"CPU-13, a rate and a weight":           {kernel.Limits{CPURate: 1, CPUWeight: 1}, []string{"CPUWeight", "CPURate"}},
		"CPU-07, a least rate beyond all":       {kernel.Limits{CPUMinRate: 10001}, []string{"CPUMinRate", "10001", "10000"}},
		"CPU-07, a least rate above the most":   {kernel.Limits{CPUMinRate: 3, CPURate: 2}, []string{"CPUMinRate", "3", "CPURate, 2"}},
		"CPU-13, a least rate and a weight":     {kernel.Limits{CPUMinRate: 1, CPUWeight: 1}, []string{"CPUMinRate", "CPUWeight"}},
		"IOR-02, a device without a bound":      {kernel.Limits{IORate: kernel.IORate{Device: "/dev/sda"}}, []string{"IORate.Device", "/dev/sda", "no bound"}},
		"more bytes than a kernel can count":    {kernel.Limits{IORate: kernel.IORate{WriteBytes: 1 << 63}}, []string{"IORate.WriteBytes", "9223372036854775808"}},
		"more reads than a kernel can count":    {kernel.Limits{IORate: kernel.IORate{ReadOperations: 1<<32 - 1}}, []string{"IORate.ReadOperations", "4294967295"}},
		"ends all at a limit that there is not": {kernel.Limits{JobMemoryKillsAll: true}, []string{"JobMemoryKillsAll", "JobMemory"}},
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				own := kernel.Limits{BreakawayOK: true, JobMemory: 1 << 20}
				job := w.job(own)
				p := w.member(job)
				c.limits.KillOnClose = true
				w.mustNot(kernel.ErrInvalidLimit, func() error { return job.SetLimits(c.limits) })
				err := job.SetLimits(c.limits)
				for _, part := range c.names {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%q does not tell %s", err, part)
					}
				}
				w.limited(job, own)
				w.alive(p)

				_, _, err = w.engine.CreateJob("", kernel.CreateOptions{Limits: c.limits})
				w.mustBe(err, kernel.ErrInvalidLimit)
			})
		})
	}
}

// C57
func TestQRY08_every_limit_is_read_back_as_it_was_set(t *testing.T) {
	for _, limits := range []kernel.Limits{
		{ActiveProcesses: 1},
		{ActiveProcesses: 1<<32 - 1},
		{JobMemory: 4096},
		{JobMemory: 4096, JobMemoryKillsAll: true},
		{CPUMinRate: 1},
		{CPUMinRate: 10000, CPURate: 10000},
		{IORate: kernel.IORate{ReadBytes: 1, WriteBytes: 1<<63 - 1, ReadOperations: 1, WriteOperations: 1<<32 - 2}},
		{IORate: kernel.IORate{Device: "/dev/sda", ReadBytes: 1}},
		{JobMemory: 1<<63 - 4096},
		{JobUserTime: time.Second},
		{JobUserTime: time.Second, EndOfJobTime: kernel.PostAtEndOfJob},
		{ProcessUserTime: time.Hour},
		{ProcessMemory: 1 << 20},
		{Affinity: 2},
		{CPURate: 1},
		{CPURate: kernel.FullCPURate},
		{CPUWeight: 9},
		{PriorityClass: kernel.IdlePriority},
		{PriorityClass: kernel.RealtimePriority},
		{SchedulingClass: kernel.SchedulingClassOf(0)},
		{SchedulingClass: kernel.SchedulingClassOf(5)},
		{SchedulingClass: kernel.SchedulingClassOf(9), CPURate: 1},
		{Affinity: 1, SubsetAffinity: true},
		{DieOnUnhandledException: true},
		{MinWorkingSet: 4096, MaxWorkingSet: 4096},
		{KillOnClose: true, ActiveProcesses: 7, JobMemory: 8192, JobUserTime: 1, ProcessUserTime: 2, CPUWeight: 3},
		{},
	} {
		given(t, func(w *world) {
			job := w.job()
			w.must(job.SetLimits(limits)) // without a place
			w.limited(job, limits)
			w.member(job)
			w.must(job.SetLimits(limits)) // with one, twice
			w.limited(job, limits)
			w.must(job.SetLimits(kernel.Limits{}))
			w.limited(job, kernel.Limits{})
		})
	}
}

func TestLIM53_parts_of_a_page_are_dropped(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(kernel.Limits{JobMemory: 3*4096 + 5})
		w.limited(job, kernel.Limits{JobMemory: 3 * 4096})
	})
}

func (w *world) limited(job kernel.Job, want kernel.Limits) {
	w.Helper()
	got, err := job.Limits()
	w.must(err)
	w.same(want, got)
}

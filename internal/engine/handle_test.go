package engine_test

import (
	"context"
	"reflect"
	"syscall"
	"testing"

	"jobobject/internal/engine"
	"jobobject/internal/kernel"
	"jobobject/internal/port"
)

func TestHDL03_kill_on_close_waits_for_the_last_of_all_handles(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		second, err := job.Duplicate()
		w.must(err)
		third, err := second.Duplicate()
		w.must(err)
		p := w.member(job)

		w.close(second)
		w.close(job)
		w.alive(p)
		w.has(third, p)
		w.close(third)
		w.dead(p)
		w.nothing()
	})
}

func TestHDL07_a_member_that_closes_the_only_handle_of_its_own_job_dies_of_it(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		w.must(job.Assign(0))
		w.close(job)
		w.dead(w.machine.Self())
	})
}

func TestHDL07_a_handle_of_a_member_to_its_own_job_counts_like_any_other(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		w.must(job.Assign(0))
		own, err := w.engine.CurrentJob()
		w.must(err)
		w.close(job)
		w.alive(w.machine.Self())
		w.close(own)
		w.dead(w.machine.Self())
	})
}

// operations are all that can be done with a handle.
var operations = map[string]func(kernel.Job) error{
	"Start":     func(j kernel.Job) error { _, err := j.Start(program(), kernel.StartOptions{}); return err },
	"Assign":    func(j kernel.Job) error { return j.Assign(0) },
	"Contains":  func(j kernel.Job) error { _, err := j.Contains(0); return err },
	"Processes": func(j kernel.Job) error { _, err := j.Processes(); return err },
	"Signal":    func(j kernel.Job) error { return j.Signal(syscall.SIGTERM) },
	"Terminate": func(j kernel.Job) error { return j.Terminate(1) },
	"TerminateCode": func(j kernel.Job) error {
		_, _, err := j.TerminateCode()
		return err
	},
	"SetLimits":    func(j kernel.Job) error { return j.SetLimits(killOnClose) },
	"UpdateLimits": func(j kernel.Job) error { return j.UpdateLimits(func(*kernel.Limits) {}) },
	"Limits":       func(j kernel.Job) error { _, err := j.Limits(); return err },
	"SetNotificationLimits": func(j kernel.Job) error {
		return j.SetNotificationLimits(kernel.NotificationLimits{JobMemory: 1})
	},
	"NotificationLimits": func(j kernel.Job) error {
		_, err := j.NotificationLimits()
		return err
	},
	"Violations": func(j kernel.Job) error {
		_, err := j.Violations()
		return err
	},
	"Accounting":   func(j kernel.Job) error { _, err := j.Accounting(); return err },
	"Strikes":      func(j kernel.Job) error { _, err := j.Strikes(); return err },
	"Escapes":      func(j kernel.Job) error { _, err := j.Escapes(); return err },
	"WaitEmpty":    func(j kernel.Job) error { return j.WaitEmpty(context.Background()) },
	"WaitSignaled": func(j kernel.Job) error { return j.WaitSignaled(context.Background()) },
	"Freeze":       func(j kernel.Job) error { return j.Freeze() },
	"Thaw":         func(j kernel.Job) error { return j.Thaw() },
	"Associate":    func(j kernel.Job) error { return j.Associate(port.New(port.DefaultBound), nil) },
	"Dissociate":   func(j kernel.Job) error { return j.Dissociate() },
	"Events":       func(j kernel.Job) error { _, err := j.Events(); return err },
	"Duplicate":    func(j kernel.Job) error { _, err := j.Duplicate(); return err },
	"Close":        func(j kernel.Job) error { return j.Close() },
}

func TestC60_no_operation_is_missing_in_the_tests(t *testing.T) {
	methods := reflect.TypeFor[kernel.Job]()
	for i := range methods.NumMethod() {
		if name := methods.Method(i).Name; operations[name] == nil {
			t.Errorf("operation %s has no entry", name)
		}
	}
}

func TestC60_every_operation_on_a_closed_handle_is_refused_and_changes_nothing(t *testing.T) {
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				unused, used := w.job(), w.job()
				other, err := used.Duplicate() // the job lives on
				w.must(err)
				p := w.member(used)
				w.close(unused)
				w.close(used)
				for _, job := range []kernel.Job{unused, used} {
					w.mustNot(kernel.ErrClosed, func() error { return operation(job) })
				}
				w.has(other, p)
			})
		})
	}
}

func TestC60_a_second_close_is_told_apart_and_takes_no_handle_of_others(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		second, err := job.Duplicate()
		w.must(err)
		p := w.member(job)
		w.close(job)
		w.mustBe(job.Close(), kernel.ErrClosed)
		w.mustBe(job.Close(), kernel.ErrClosed)
		w.alive(p)
		w.close(second)
		w.dead(p)
	})
}

func TestATT03_a_bad_handle_in_the_list_fails_the_start_before_anything_is_done(t *testing.T) {
	for name, bad := range map[string]func(*world) kernel.Job{
		"nil":    func(*world) kernel.Job { return nil },
		"closed": func(w *world) kernel.Job { job := w.job(); w.close(job); return job },
		"of another engine": func(w *world) kernel.Job {
			job, _, err := engine.New(w.machine, w.guard, nil).CreateJob("", kernel.CreateOptions{})
			w.must(err)
			return job
		},
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				job, good := w.job(killOnClose), w.job(killOnClose)
				for _, list := range [][]kernel.Job{{bad(w)}, {good, bad(w)}, {bad(w), good}} {
					w.mustNot(kernel.ErrClosed, func() error {
						_, err := job.Start(program(), alsoIn(list...))
						return err
					})
				}
				w.nothing()
				w.counts(job, 0, 0)
				w.counts(good, 0, 0)
			})
		})
	}
}

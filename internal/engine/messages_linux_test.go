package engine_test

import (
	"syscall"
	"testing"
)

func TestMSG03_signals_of_mistakes_are_abnormal_exits(t *testing.T) {
	abnormal := []syscall.Signal{
		syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGILL, syscall.SIGFPE,
		syscall.SIGTRAP, syscall.SIGINT, syscall.SIGSYS, syscall.SIGSTKFLT,
	}
	normal := []syscall.Signal{
		syscall.SIGKILL, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE,
		syscall.SIGABRT, // MSG-05: a failed assertion is not in the list
		syscall.SIGXCPU,
	}
	for want, signals := range map[string][]syscall.Signal{"ABNORMAL_EXIT": abnormal, "EXIT": normal} {
		for _, signal := range signals {
			given(t, func(w *world) {
				job := w.job()
				port := w.listen(job)
				p := w.member(job)
				p.Die(signal)
				port.gets(said("NEW", p), said(want, p), zero) // MSG-02: one of the two
			})
		}
	}
}

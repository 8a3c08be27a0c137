// Package supervise decides when a job is over: by itself, because its time is
// up, or because somebody asked for it to end.
//
// It promises one order of events whatever comes first. A job that has to end is
// told, has the grace to do so, and is then to be killed; a second request cuts
// the grace short. It says what is to be done and does none of it: it must not
// know processes, terminals or exit codes, and its only clock is package time, so
// that tests can give it a virtual one.
package supervise

// Package testkit holds what the tests of the whole project share: a program
// that misbehaves, oracles that say whether it is dead, and a fence around it.
//
// The oracles do not trust what is being tested. That all of a tree is gone is
// read from a pipe that every process of it holds open (DeathPipe), or from the
// environments of all processes of the machine (Nonce, WithNonce), never from
// the job that was to end it. NoLeaks compares what a test leaves behind in its
// own process and in the cgroup2 file system with what was there before.
//
// A test that starts something hostile belongs in a package whose TestMain is
//
//	func TestMain(m *testing.M) { os.Exit(testkit.Main(m)) }
//
// which puts a limit on processes around the test binary where the host allows
// that, and calls RequireFence. Order matters in one place: call NoLeaks first,
// because cleanups run last in, first out.
//
// Helpers fail the test themselves and poll where there is nothing to wait on.
// The package knows nothing about jobs, so that tests of any layer can use it.
package testkit

// Package conformance is the one suite that says what a job is, whatever holds
// it. It has tests only.
//
// It promises that what passes it behaves as the rules say: every test carries
// the number of the case (C02) or of the rule (TRM-07) that it shows, and reads
// as a sentence about jobs. It is written against the interface that users
// import, and believes nothing that a job says about itself as long as there is
// an oracle outside (package testkit).
//
// It must not know what implements a job, nor where anything of one is kept:
// the same tests run on every layout of cgroups, in a virtual machine, as an
// unprivileged user (TestAsNobody runs all of them once more as one), and as a
// static binary that was built elsewhere:
//
//	CGO_ENABLED=0 go test -c -o conformance.test jobobject/internal/conformance
//	JOBOBJECT_FIXTURE=./fixture ./conformance.test
//
// The tests build on Linux alone as long as testkit has its oracles only there.
//
// A test that the host cannot run skips, and says why. JOBOBJECT_ROUNDS
// multiplies the rounds of the tests that look for races.
//
// Some tests are about programs that own jobs and die. The test binary plays
// those programs itself, see roles_test.go.
package conformance

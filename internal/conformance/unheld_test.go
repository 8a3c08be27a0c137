//go:build linux

package conformance

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"jobobject"
)

// A case that a mechanism cannot hold is listed here, with the reason, and skipped;
// docs/matrix.md shows it. With JOBOBJECT_UNHELD=run those that are listed are run all the
// same, and one fails that holds: it has no business here any more.

// unheldVariable is the name of that environment variable.
const unheldVariable = "JOBOBJECT_UNHELD"

// unheld are the reasons of each mechanism, and the cases that each is in the way of: a
// test with all its parts, or one part of it after a slash.
var unheld = map[string]map[string][]string{
	jobobject.MechanismProctree: {
		"it is about levels of cgroups": {
			"TestNST14_a_level_that_the_kernel_refuses_is_an_error_and_changes_nothing",
		},
		"it is about members that have cgroups of their own": {
			"TestC27_cgroups_that_the_tree_made_are_searched_emptied_and_removed",
			"TestC27_a_member_that_froze_itself_out_of_reach_is_killed",
			"TestC27_a_member_that_kills_its_own_cgroup_kills_nobody_else",
		},
		"it is about members that change their cgroup": {
			"TestC34_a_member_that_leaves_is_noticed_and_never_silently_missing",
			"TestC34_a_member_that_only_moves_within_its_job_has_not_left",
			"TestC34_a_user_without_privilege_cannot_send_members_to_the_root",
		},
	},
}

// mechanism is what keeps the jobs of this process together.
func mechanism(t testing.TB) string {
	t.Helper()
	name, err := jobobject.Mechanism()
	if err != nil {
		t.Skipf("no jobs here: %v", err)
	}
	return name
}

func byCgroups(t testing.TB) bool { return mechanism(t) == jobobject.MechanismCgroup }

// whyUnheld is the reason that the mechanism cannot hold the case; "" if it can.
func whyUnheld(mechanism, test string) string {
	for reason, cases := range unheld[mechanism] {
		for _, one := range cases {
			if test == one || strings.HasPrefix(test, one+"/") {
				return reason
			}
		}
	}
	return ""
}

// tried are the listed tests that run all the same.
var tried sync.Map

// requireHeld skips the test if it is listed. Those that make jobs or places by the
// helpers have called it; others that are listed call it themselves.
func requireHeld(t testing.TB) {
	t.Helper()
	name := mechanism(t)
	reason := whyUnheld(name, t.Name())
	if reason == "" {
		return
	}
	if os.Getenv(unheldVariable) != "run" {
		t.Skipf("not held by %s: %s", name, reason)
	}
	if _, again := tried.LoadOrStore(t.Name(), true); again {
		return
	}
	t.Cleanup(func() {
		if !t.Failed() && !t.Skipped() {
			t.Errorf("it holds although it is listed as not held by %s: %s", name, reason)
		}
	})
}

func TestSuite_lists_as_unheld_what_there_is(t *testing.T) {
	self, err := os.Executable()
	requireNoError(t, err)
	tests := testsOf(t, self)
	for mechanism, reasons := range unheld {
		for reason, cases := range reasons {
			for _, name := range cases {
				test, _, _ := strings.Cut(name, "/")
				if !slices.Contains(tests, test) {
					t.Errorf("%s, %q: there is no %s", mechanism, reason, test)
				}
			}
		}
	}
	if why := whyUnheld(jobobject.MechanismProctree, t.Name()); why != "" {
		t.Errorf("this one is held, and listed: %s", why)
	}
}

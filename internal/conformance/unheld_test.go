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
		"it takes a process into a job, which here stays below those that it was born below": {
			"TestASG02_children_that_are_there_stay_outside_and_later_ones_come_in",
			"TestASG04_assigning_a_process_while_it_ends_succeeds_or_tells",
			"TestASG07_a_process_that_is_not_for_jobs_is_refused_and_left_where_it_is",
			"TestASG07_another_users_process_is_refused",
			"TestASG09_assigning_a_whole_tree_one_by_one",
			"TestASG10_a_job_that_is_being_terminated_admits_nobody",
			"TestC50_assigning_a_process_brings_all_its_threads",
			"TestFRZ02_a_process_that_is_assigned_to_a_frozen_job_is_frozen",
			"TestLIM38_an_assigned_process_gets_the_class",
			"TestNST15_fresh_jobs_that_get_a_process_at_the_same_time_form_a_chain",
			"TestNST15_of_two_assignments_at_the_same_time_exactly_one_wins",
			"TestNST42_counts_rise_in_the_jobs_that_are_newly_joined",
		},
		"its caller joins a job, and here stays below those that it was born below": {
			"TestATT07_the_list_is_in_addition_to_what_is_inherited",
			"TestATT09_the_job_that_is_inherited_anyway_may_be_listed",
			"TestC33_what_breakaway_leaves",
			"TestC46_a_caller_in_its_own_job_ends_with_everybody_else",
			"TestC46_an_owner_in_its_own_job_is_killed",
			"TestCPR07_breakaway_that_is_not_allowed_starts_nothing",
			"TestLIM61_breakaway_limits_concern_later_starts_only",
			"TestNST03_creating_a_job_does_not_nest_it",
			"TestOBJ07_the_current_job_is_the_immediate_one",
			"TestW15_W16_add_self_to_job_and_inheritance",
			"TestW17_to_W19_breakaway_ok",
			"TestW20_nested_jobs_of_a_process_and_its_child",
		},
		"it lets processes out of a job, which here stay below its supervisor": {
			"TestATT08_breakaway_concerns_the_inherited_jobs_alone",
			"TestATT12_the_link_to_the_parent_is_permanent/below_an_inherited_job,_despite_breakaway",
			"TestC33_a_process_can_be_started_in_no_job_at_all",
			"TestLIM60_children_of_members_leave_a_silent_job_by_themselves",
			"TestLIM60_explicit_assignment_to_a_silent_job_still_works",
		},
		"it is about the guard, which trees have no need of": {
			"TestC07_a_guard_that_is_killed_is_replaced",
			"TestC07_the_next_program_removes_what_a_double_death_left",
			"TestC07_a_guard_leaves_when_nothing_is_left_to_guard",
		},
		"it is about levels of cgroups": {
			"TestNST14_a_level_that_the_kernel_refuses_is_an_error_and_changes_nothing",
		},
		"its oracle is the cgroup of a process": {
			"TestC09_a_member_is_a_member_from_its_first_instruction",
		},
		"it is about members that have cgroups of their own": {
			"TestC27_cgroups_that_the_tree_made_are_searched_emptied_and_removed",
			"TestC27_a_member_that_froze_itself_out_of_reach_is_killed",
			"TestC27_a_member_that_kills_its_own_cgroup_kills_nobody_else",
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

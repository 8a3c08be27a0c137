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
			"TestC19_assigning_a_member_again_changes_nothing",
			"TestASG02_children_that_are_there_stay_outside_and_later_ones_come_in",
			"TestASG09_assigning_a_whole_tree_one_by_one",
			"TestASG04_assigning_a_process_while_it_ends_succeeds_or_tells",
			"TestTRM10_a_terminated_job_can_be_used_again",
			"TestC33_what_breakaway_leaves",
			"TestCPR07_breakaway_that_is_not_allowed_starts_nothing",
			"TestLIM61_breakaway_limits_concern_later_starts_only",
			"TestC29_terminate_in_a_chain_takes_what_is_below_and_spares_what_is_above",
			"TestTRM02_terminate_of_the_root_takes_all_of_a_deep_chain",
			"TestTRM10_a_chain_that_was_terminated_can_be_used_again_at_every_level",
			"TestTRM12_a_child_job_admits_nobody_while_its_parent_is_being_terminated",
			"TestNST40_figures_of_a_job_cover_those_of_its_child_jobs",
			"TestNST42_counts_rise_in_the_jobs_that_are_newly_joined",
			"TestNST44_siblings_are_untouched_by_terminate",
			"TestNST45_kill_on_close_of_a_child_job_spares_its_parent",
			"TestNST46_kill_on_close_of_the_parent_takes_child_jobs_that_are_open",
			"TestNST47_a_child_job_that_is_closed_stays_in_the_chain",
			"TestNST34_kill_on_close_belongs_to_the_job_that_has_it",
			"TestC16_counters_follow_processes_that_are_assigned",
			"TestACC06_the_total_counts_all_that_were_ever_associated",
			"TestACC08_nothing_but_a_limit_makes_a_process_count_as_terminated",
			"TestASG07_a_process_that_is_not_for_jobs_is_refused_and_left_where_it_is",
			"TestASG07_another_users_process_is_refused",
			"TestOBJ07_the_current_job_is_the_immediate_one",
			"TestFRZ02_a_process_that_is_assigned_to_a_frozen_job_is_frozen",
			"TestFRZ06_a_member_is_frozen_as_long_as_one_of_its_jobs_is",
			"TestC30_list_counts_and_contains_are_recursive",
			"TestNST12_a_chain_is_built_from_the_root",
			"TestNST13_two_members_of_a_job_make_two_fresh_jobs_siblings",
			"TestNST14_thirty_two_levels",
			"TestNST15_of_two_assignments_at_the_same_time_exactly_one_wins",
			"TestNST15_fresh_jobs_that_get_a_process_at_the_same_time_form_a_chain",
			"TestNST17_a_parent_lives_as_long_as_its_children",
			"TestC46_a_caller_in_its_own_job_ends_with_everybody_else",
			"TestC46_an_owner_in_its_own_job_is_killed",
			"TestATT07_the_list_is_in_addition_to_what_is_inherited",
			"TestATT09_the_job_that_is_inherited_anyway_may_be_listed",
			"TestATT10_the_reversed_order_of_a_chain_is_refused",
			"TestASG13_a_process_too_many_is_not_started_and_ended_when_it_is_assigned",
			"TestC44_a_signal_reaches_all_members_or_the_one",
			"TestC50_assigning_a_process_brings_all_its_threads",
			"TestModel_real_jobs_do_what_the_rules_say",
			"TestNST05_a_job_that_was_never_used_nests_where_its_first_member_is",
			"TestNST05_children_are_born_into_the_whole_chain",
			"TestNST02_a_job_keeps_its_parent_for_good",
			"TestNST03_creating_a_job_does_not_nest_it",
			"TestNST04_assigning_to_the_immediate_job_changes_nothing",
			"TestNST07_a_process_joins_every_job_on_its_way_down",
			"TestNST08_a_job_of_a_sibling_branch_or_of_another_tree_refuses",
			"TestNST09_assigning_to_an_ancestor_changes_nothing",
			"TestNST11_a_process_in_no_job_joins_a_child_job_and_all_its_ancestors",
			"TestNST40_what_child_jobs_use_counts_and_is_told_upwards",
			"TestLIM38_an_assigned_process_gets_the_class",
			"TestLIM42_the_lowest_class_of_the_chain_is_effective",
			"TestSIG05_a_job_stays_signaled",
			"TestNST48_terminate_signals_child_jobs_and_no_ancestor",
			"TestASG10_a_job_that_is_being_terminated_admits_nobody",
			"TestW01_to_W03_is_a_process_in_a_job",
			"TestW11_kill_on_job_close",
			"TestW12_to_W14_wait_for_job_object",
			"TestW15_W16_add_self_to_job_and_inheritance",
			"TestW17_to_W19_breakaway_ok",
			"TestW20_nested_jobs_of_a_process_and_its_child",
			"TestW22_a_job_that_was_nested_below_a_dead_parent_refuses_others",
		},
		"it lets processes out of a job, which here stay below its supervisor": {
			"TestC33_a_process_can_be_started_in_no_job_at_all",
			"TestLIM60_children_of_members_leave_a_silent_job_by_themselves",
			"TestLIM60_explicit_assignment_to_a_silent_job_still_works",
			"TestATT08_breakaway_concerns_the_inherited_jobs_alone",
			"TestATT12_the_link_to_the_parent_is_permanent",
			"TestC57_limits_read_back_as_they_were_set",
			"TestSET03_setting_limits_drops_those_that_are_not_given",
			"TestC58_a_change_of_one_limit_keeps_the_others",
			"TestC58_changes_at_the_same_time_lose_nothing",
			"TestQRY08_limits_of_a_child_job_are_its_own",
		},
		"it is about the guard, which trees have no need of": {
			"TestC07_a_guard_that_is_killed_is_replaced",
			"TestC07_the_next_program_removes_what_a_double_death_left",
			"TestC07_a_guard_leaves_when_nothing_is_left_to_guard",
		},
		"what the members of trees have used is not told yet": {
			"TestLIM13_members_are_ended_and_the_job_is_signaled_when_its_user_time_is_used_up",
			"TestLIM14_a_limit_on_user_time_counts_from_when_it_is_set",
			"TestC57_notification_limits_read_back_and_nonsense_is_not_stored",
			"TestACC04_a_period_begins_when_the_user_time_is_limited_and_never_falls",
			"TestLIM38_the_class_counts_among_jobs",
			"TestNLM03_user_time_is_told_once_and_the_member_goes_on",
			"TestNLM03_memory_is_told_when_there_is_much_of_it_and_when_there_is_little_again",
			"TestLIF02_a_job_that_is_closed_tells_nothing_more",
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

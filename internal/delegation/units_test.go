package delegation

import "testing"

func TestAPathLeadsIntoAUnitOrBelowOne(t *testing.T) {
	for cgroup, want := range map[string]place{
		"/":                                 {below: "/"},
		"/docker/abc":                       {below: "/docker/abc"},
		"/init.scope":                       {unit: "/init.scope"},
		"/system.slice/cron.service":        {unit: "/system.slice/cron.service"},
		"/system.slice/docker-1.scope/jobs": {unit: "/system.slice/docker-1.scope", below: "/jobs"},
		"/user.slice":                       {unit: "/user.slice"},
		"/user.slice/user-1.slice/user@1.service/app.slice/a.service/jobobject-1/members": {
			unit: "/user.slice/user-1.slice/user@1.service/app.slice/a.service", below: "/jobobject-1/members",
		},
	} {
		if got := placeOf(cgroup); got != want {
			t.Errorf("%s: %+v, want %+v", cgroup, got, want)
		}
	}
}

func TestAManagerKnowsItsOwnPartOfThePath(t *testing.T) {
	const user = "/user.slice/user-1.slice/user@1.service"
	for _, tt := range []struct{ manager, cgroup, slice, unit string }{
		{"/init.scope", "/system.slice/cron.service", "system.slice", "cron.service"},
		{"/init.scope", "/user.slice/user-0.slice/session-1.scope", "user-0.slice", "session-1.scope"},
		{"/init.scope", "/init.scope", "", "init.scope"},
		{"/init.scope", "/by-hand/x.service", "", ""},
		{"/init.scope", user + "/background.slice/a.service", "user-1.slice", "user@1.service"},
		{"/docker/abc/init.scope", "/docker/abc/system.slice/cron.service", "system.slice", "cron.service"},
		{user + "/init.scope", user + "/background.slice/a.service", "background.slice", "a.service"},
		{user + "/init.scope", "/user.slice/user-1.slice/session-1.scope", "", ""},
		{user + "/app.slice/dbus.service", user + "/app.slice/a.service", "", ""},
	} {
		inside, managed := within(tt.manager, tt.cgroup)
		var slice, unit string
		if managed {
			slice, unit = ofManager(inside)
		}
		if slice != tt.slice || unit != tt.unit {
			t.Errorf("the manager at %s sees %s in slice %q, unit %q; want %q and %q", tt.manager, tt.cgroup, slice, unit, tt.slice, tt.unit)
		}
	}
}

package delegation

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
)

const (
	session = "/user.slice/user-1000.slice/session-3.scope"
	userAt  = "/user.slice/user-1000.slice/user@1000.service"
	user    = 1000
)

// stays says in words by what right, and that nobody was asked.
func (m *machine) stays(why string) {
	m.t.Helper()
	how, err := m.obtain()
	if err != nil || !strings.Contains(how, why) || (how == "") != (why == "") {
		m.t.Errorf("%q, error %v; want %q", how, err, why)
	}
	if len(m.calls) > 0 {
		m.t.Errorf("systemd was asked: %q", m.calls)
	}
}

// fails gives the error, which has to name what is wrong and to have a remedy.
func (m *machine) fails(sentinel error, words ...string) {
	m.t.Helper()
	how, err := m.obtain()
	var unsupported *kernel.NotSupportedError
	if !errors.As(err, &unsupported) || unsupported.Remedy == "" || sentinel != nil && !errors.Is(err, sentinel) {
		m.t.Fatalf("%q, error %v; want one with a remedy that is %v", how, err, sentinel)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			m.t.Errorf("the error is %q, without %q", err, word)
		}
	}
}

func TestNobodyIsAskedWhereThereIsNoNeed(t *testing.T) {
	marked := func(m *machine) { m.delegated = func(dir string) bool { return dir == "/cg"+m.path } }
	for _, tt := range []struct {
		name, path, why string
		change          func(*machine)
	}{
		{"no systemd", session, "", func(m *machine) { os.RemoveAll(m.run + "/systemd/system") }},
		{"in a unit that is delegated", userAt + "/app.slice/a.scope", "delegated by systemd (a.scope)", marked},
		{"in a group below a unit, such as a job", userAt + "/app.slice/a.scope/jobobject-1/members", "below a.scope", nil},
		{"in a group that is no unit", "/docker/abc", "no unit", nil},
		{"at the root of a cgroup namespace", "/", "no unit", func(m *machine) { m.inNamespace = func() bool { return true } }},
		{"not to be asked", session, Variable + "=no", func(m *machine) { m.env[Variable] = No }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := given(t, user, tt.path)
			m.listens("user/1000/systemd/private")
			if tt.change != nil {
				tt.change(m)
			}
			m.stays(tt.why)
		})
	}
}

func TestAScopeIsAskedForAndEntered(t *testing.T) {
	for _, tt := range []struct {
		name         string
		uid          int
		path         string
		socket       string
		manager      string
		bus          bool
		slice, binds any
	}{
		{"a user in a session", user, session, "user/1000/systemd/private", userAt + "/init.scope", false, "app.slice", nil},
		{"a user on the bus alone", user, session, "user/1000/bus", userAt + "/init.scope", true, "app.slice", nil},
		{"a user in a service", user, userAt + "/background.slice/a.service", "user/1000/systemd/private", userAt + "/init.scope", false, "background.slice", []string{"a.service"}},
		{"root in a session", 0, "/user.slice/user-0.slice/session-1.scope", "systemd/private", "/init.scope", false, "user-0.slice", nil},
		{"root in a service", 0, "/system.slice/cron.service", "systemd/private", "/init.scope", false, "system.slice", []string{"cron.service"}},
		{"root on the bus alone", 0, "/system.slice/cron.service", "dbus/system_bus_socket", "/init.scope", true, "system.slice", []string{"cron.service"}},
		{"root in a user's service", 0, userAt + "/app.slice/a.service", "systemd/private", "/init.scope", false, "user-1000.slice", []string{"user@1000.service"}},
		{"root in the root", 0, "/", "systemd/private", "/init.scope", false, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			testkit.NoLeaks(t)
			m := given(t, tt.uid, tt.path)
			m.cgroupOf = func(int) (string, error) { return tt.manager, nil }
			m.listens(tt.socket)
			how, err := m.obtain()
			if err != nil {
				t.Fatal(err)
			}
			if len(m.asked) != 1 {
				t.Fatalf("%d scopes were asked for", len(m.asked))
			}
			r := m.asked[0]
			if want := fmt.Sprintf("job-%d-", os.Getpid()); !strings.HasPrefix(r.name, want) || !strings.HasSuffix(r.name, ".scope") || !strings.Contains(how, r.name) {
				t.Errorf("the scope is %s, and told is %q", r.name, how)
			}
			want := map[string]any{"PIDs": []uint32{0}, "Delegate": true, "CollectMode": "inactive-or-failed", "Description": r.properties["Description"]}
			if tt.slice != nil {
				want["Slice"] = tt.slice
			}
			if tt.binds != nil {
				want["BindsTo"] = tt.binds
			}
			if diff := cmp.Diff(want, r.properties); diff != "" || r.mode != "fail" {
				t.Errorf("mode %s, properties (-want +got):\n%s", r.mode, diff)
			}
			calls := []string{"StartTransientUnit"}
			if tt.bus {
				calls = []string{"AddMatch", "Subscribe", "StartTransientUnit"}
			}
			m.calls = slices.DeleteFunc(m.calls, func(call string) bool { return call == "Hello" || call == "GetUnit" || call == "Get" })
			if diff := cmp.Diff(calls, m.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// The manager of a user leaves no mark in some versions.
func TestAUnitThatIsDelegatedWithoutAMarkIsKept(t *testing.T) {
	testkit.NoLeaks(t)
	for path, kept := range map[string]bool{userAt + "/app.slice/a.scope": true, userAt + "/app.slice/a.service": true, session: false} {
		m := given(t, user, path)
		m.gives = true
		m.cgroupOf = func(int) (string, error) { return userAt + "/init.scope", nil }
		m.listens("user/1000/systemd/private")
		if how, err := m.obtain(); err != nil || (len(m.asked) == 0) != kept {
			t.Errorf("%s: %q, error %v, %d scopes", path, how, err, len(m.asked))
		}
	}
}

// A unit may be delegated to somebody else, such as root.
func TestAUnitThatIsDelegatedAndCannotBeWrittenIsLeft(t *testing.T) {
	m := given(t, user, "/system.slice/a.service")
	m.delegated = func(string) bool { return true }
	m.writable = func(string) bool { return false }
	m.cgroupOf = func(int) (string, error) { return userAt + "/init.scope", nil }
	m.listens("user/1000/systemd/private")
	if how, err := m.obtain(); err != nil || len(m.asked) != 1 {
		t.Errorf("%q, error %v, %d scopes", how, err, len(m.asked))
	}
}

// What sudo leaves there is another user's.
func TestTheRuntimeDirectoryOfAnotherUserIsNotUsed(t *testing.T) {
	m := given(t, user, session)
	m.uid = os.Geteuid() + 1
	m.env["XDG_RUNTIME_DIR"] = m.run + "/user/other"
	m.listens("user/other/systemd/private")
	m.fails(errNoManager, "loginctl enable-linger", "session-3.scope")
	m.uid = os.Geteuid()
	if m.uid == 0 {
		t.Skip("root asks the system's manager")
	}
	if _, err := m.obtain(); err != nil {
		t.Errorf("its own is not used: %v", err)
	}
}

func TestWithoutAScopeTheErrorSaysWhyAndWhatHelps(t *testing.T) {
	for _, tt := range []struct {
		name     string
		change   func(*machine)
		sentinel error
		words    []string
	}{
		{"it is refused", func(m *machine) { m.refusal = "No, thank you." }, nil, []string{"No, thank you.", "journalctl --user"}},
		{"the job fails", func(m *machine) { m.result = "failed" }, nil, []string{`"failed"`, "journalctl --user"}},
		{"systemd hangs up", func(m *machine) { m.result, m.hangsUp = "", true }, nil, []string{"hung up"}},
		{"systemd moves nobody", func(m *machine) { m.lies = true }, nil, []string{session, "although"}},
		{"systemd is outside", func(m *machine) { m.cgroupOf = func(int) (string, error) { return "/../init.scope", nil } }, errOutside, []string{"container"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			testkit.NoLeaks(t)
			m := given(t, user, session)
			m.listens("user/1000/systemd/private")
			tt.change(m)
			m.fails(tt.sentinel, tt.words...)
		})
	}
}

// Nothing else is done instead: it is a mistake, and not the host's.
func TestNonsenseInTheVariableIsAnError(t *testing.T) {
	m := given(t, user, session)
	m.env[Variable] = "maybe"
	if how, err := m.obtain(); err == nil || errors.Is(err, kernel.ErrNotSupported) || !strings.Contains(err.Error(), Variable) || !strings.Contains(err.Error(), `"maybe"`) {
		t.Errorf("%q, error %v", how, err)
	}
}

func TestWhoHasNoSystemdOfTheirOwnIsToldHowToGetOne(t *testing.T) {
	m := given(t, user, session)
	m.fails(errNoManager, "loginctl enable-linger 1000", "session-3.scope")
	if err := os.MkdirAll(m.run+"/user/1000/systemd", 0o755); err != nil {
		t.Fatal(err)
	}
	// One that has died leaves its socket behind.
	if err := os.WriteFile(m.run+"/user/1000/systemd/private", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	m.fails(errNoManager, "connection refused")
}

func TestASystemdThatDoesNotAnswerIsGivenUpOn(t *testing.T) {
	testkit.NoLeaks(t)
	for _, socket := range []string{"user/1000/systemd/private", "user/1000/bus"} {
		m := given(t, user, session)
		m.silent, m.patience.answer = true, 50*time.Millisecond
		m.listens(socket)
		begun := time.Now()
		m.fails(errNoAnswer, socket, "systemctl --user status", Variable+"=no")
		if took := time.Since(begun); took < m.patience.answer || took > 5*time.Second {
			t.Errorf("%s: it has taken %v", socket, took)
		}
	}
}

func TestAJobThatDoesNotEndIsGivenUpOn(t *testing.T) {
	testkit.NoLeaks(t)
	m := given(t, user, session)
	m.result, m.patience = "", patience{answer: 5 * time.Second, job: 50 * time.Millisecond}
	m.listens("user/1000/systemd/private")
	m.fails(errNoAnswer, "not finished", ".scope")
}

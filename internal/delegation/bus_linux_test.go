package delegation

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"jobobject/internal/testkit"
)

// Without a systemd on it, a real bus shows at least how it is talked to.
func TestARealBusLetsThisProcessInAndSaysThatSystemdIsNotThere(t *testing.T) {
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("no bus to try: ", err)
	}
	testkit.NoLeaks(t)
	uid := os.Geteuid()
	m := given(t, uid, "/system.slice/a.service")
	socket := m.sockets()[1].path
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		t.Fatal(err)
	}
	m.startBus(daemon, socket)
	m.fails(nil, "refuses a scope", "org.freedesktop.systemd1")
}

func (m *machine) startBus(daemon, socket string) {
	m.t.Helper()
	cmd := exec.Command(daemon, "--session", "--nofork", "--print-address=1", "--address=unix:path="+socket)
	out, err := cmd.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil { // it listens by then
		m.t.Fatal(err)
	}
}

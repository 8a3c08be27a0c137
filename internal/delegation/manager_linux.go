package delegation

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// patience is how long a manager may take for each answer, and for the job.
type patience struct{ answer, job time.Duration }

var usual = patience{answer: 2 * time.Second, job: 10 * time.Second}

var (
	errNoManager = errors.New("there is no systemd to ask for a scope")
	errNoAnswer  = errors.New("systemd does not answer")
	errOutside   = errors.New("the systemd that could be asked is outside of this container")
)

// manager is a connection to a systemd that units can be asked of.
type manager struct {
	conn   *dbus.Conn
	socket string
	at     string // its cgroup
	bus    bool   // somebody passes the messages on
	user   bool
	patience
	clock *time.Timer // hangs up when there is no answer
	late  atomic.Bool // it has
}

// socket is where a manager, or the bus that it is on, can be reached.
type socket struct {
	path string
	bus  bool
}

// sockets are those of the manager that is responsible for this user. The manager's
// own goes first: it is there without a bus, and nobody has to pass messages on.
func (h *host) sockets() []socket {
	if h.uid == 0 {
		return []socket{{h.run + "/systemd/private", false}, {h.run + "/dbus/system_bus_socket", true}}
	}
	dir := h.getenv("XDG_RUNTIME_DIR")
	if dir == "" || !ownedBy(dir, h.uid) { // sudo -u leaves that of another user
		dir = h.run + "/user/" + strconv.Itoa(h.uid)
	}
	return []socket{{dir + "/systemd/private", false}, {dir + "/bus", true}}
}

func ownedBy(dir string, uid int) bool {
	var st unix.Stat_t
	return unix.Stat(dir, &st) == nil && int(st.Uid) == uid
}

// connect finds a manager that lets this user in.
func (h *host) connect() (*manager, error) {
	var failures []error
	for _, s := range h.sockets() {
		m, err := h.dial(s)
		if err == nil {
			return m, nil
		}
		if errors.Is(err, errNoAnswer) || errors.Is(err, errOutside) {
			return nil, err
		}
		if !errors.Is(err, fs.ErrNotExist) {
			failures = append(failures, err)
		}
	}
	return nil, errors.Join(append([]error{errNoManager}, failures...)...)
}

func (h *host) dial(s socket) (*manager, error) {
	stream, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: s.path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	at, err := h.peer(stream)
	if err != nil {
		stream.Close()
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	// The library reads without a deadline: who does not answer is hung up on.
	m := &manager{socket: s.path, bus: s.bus, at: at, user: h.uid != 0, patience: h.patience}
	m.clock = time.AfterFunc(h.patience.answer, func() {
		m.late.Store(true)
		stream.Close()
	})
	greeted, err := greet(stream, h.uid)
	if err == nil {
		m.answered()
		m.conn, err = dbus.NewConn(greeted)
	}
	if err == nil {
		err = m.conn.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(h.uid))})
	}
	if err == nil && s.bus {
		err = m.conn.Hello()
	}
	if err != nil {
		if m.late.Load() {
			err = fmt.Errorf("%w within %v", errNoAnswer, h.patience.answer)
		}
		m.clock.Stop()
		stream.Close()
		if m.conn != nil {
			m.conn.Close()
		}
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	m.answered()
	return m, nil
}

// answered has the clock start anew.
func (m *manager) answered() { m.clock.Reset(m.answer) }

func (m *manager) close() {
	m.clock.Stop()
	m.conn.Close()
}

// peer is the cgroup of who made the socket, which is the manager, for its bus too.
// One whom this process cannot see, or who is outside of its cgroup namespace, has
// the host's view of things: it would take this process out of its container.
func (h *host) peer(stream *net.UnixConn) (string, error) {
	raw, err := stream.SyscallConn()
	if err != nil {
		return "", err
	}
	var peer *unix.Ucred
	if ctlErr := raw.Control(func(fd uintptr) {
		peer, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); ctlErr != nil {
		err = ctlErr
	}
	if err != nil {
		return "", err
	}
	if peer.Pid == 0 {
		return "", errOutside
	}
	at, err := h.cgroupOf(int(peer.Pid))
	if err != nil {
		return "", err
	}
	if at == "/.." || strings.HasPrefix(at, "/../") {
		return "", errOutside
	}
	return at, nil
}

// cgroupOf reads the cgroup2 path of a process.
func cgroupOf(pid int) (string, error) {
	content, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(content)) {
		if path, found := strings.CutPrefix(line, "0::"); found {
			return strings.TrimSuffix(path, "\n"), nil
		}
	}
	return "", fmt.Errorf("pid %d is in no cgroup2", pid)
}

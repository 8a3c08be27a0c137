package delegation

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"jobobject/internal/cgroupfs"
)

// machine is a host with a systemd that is made up.
type machine struct {
	*host
	t *testing.T

	mu   sync.Mutex
	path string // the cgroup of this process
	env  map[string]string

	// What its systemd does: how a job for a scope ends, or what it does instead.
	result  string
	refusal string
	silent  bool // says nothing at all
	hangsUp bool // when it has taken on the job
	lies    bool // moves nobody
	gives   bool // says that the unit is delegated

	asked []request
	calls []string
}

// request is what StartTransientUnit was called with.
type request struct {
	name, mode string
	properties map[string]any
}

// given is a machine on which this process is in that cgroup, as that user, and no
// unit is delegated.
func given(t *testing.T, uid int, path string) *machine {
	m := &machine{t: t, path: path, result: "done", env: map[string]string{}}
	m.host = &host{
		run: runDirectory(t), uid: uid, getenv: func(name string) string { return m.env[name] },
		own:         m.own,
		cgroupOf:    func(int) (string, error) { return "/init.scope", nil },
		delegated:   func(string) bool { return false },
		writable:    func(string) bool { return true },
		inNamespace: func() bool { return false },
		patience:    patience{answer: 2 * time.Second, job: 20 * time.Second},
	}
	if err := os.MkdirAll(m.run+"/systemd/system", 0o755); err != nil {
		t.Fatal(err)
	}
	return m
}

// runDirectory has a path that is short enough for sockets, as the test's own has not.
func runDirectory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (m *machine) own() (cgroupfs.Hierarchy, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return cgroupfs.Hierarchy{MountPoint: "/cg", OwnPath: m.path, OwnDir: filepath.Join("/cg", m.path)}, nil
}

// listens has systemd, or the bus that it is on, be there for the test.
func (m *machine) listens(socket string) {
	m.t.Helper()
	path := filepath.Join(m.run, socket)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		m.t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { m.serve(conn) })
		}
	})
	m.t.Cleanup(func() {
		listener.Close()
		serving.Wait()
	})
}

func (m *machine) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	if m.silent {
		_, _ = io.Copy(io.Discard, in) // until the caller hangs up
		return
	}
	for line := ""; !strings.HasPrefix(line, "BEGIN"); {
		var err error
		if line, err = in.ReadString('\n'); err != nil {
			return
		}
		switch line = strings.TrimPrefix(line, "\x00"); {
		case strings.HasPrefix(line, "AUTH EXTERNAL"):
			_, _ = io.WriteString(conn, "OK 0123456789abcdef0123456789abcdef\r\n")
			if in.Buffered() == 0 {
				time.Sleep(20 * time.Millisecond) // and finds the first call beside BEGIN
			}
		case strings.HasPrefix(line, "AUTH"):
			_, _ = io.WriteString(conn, "REJECTED EXTERNAL\r\n")
		}
	}
	// What systemd has read together with BEGIN it leaves lying until more comes.
	if more := in.Buffered(); more > 0 {
		_, _ = in.Peek(more + 1)
	}
	for {
		call, err := dbus.DecodeMessage(in)
		if err != nil {
			return
		}
		if !m.answer(conn, call) {
			return
		}
	}
}

// answer does what was asked; false hangs up.
func (m *machine) answer(conn net.Conn, call *dbus.Message) bool {
	member, _ := call.Headers[dbus.FieldMember].Value().(string)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, member)
	switch member {
	case "Hello":
		m.reply(conn, call, dbus.TypeMethodReply, ":1.7")
	case "AddMatch", "Subscribe":
		m.reply(conn, call, dbus.TypeMethodReply)
	case "StartTransientUnit":
		if m.refusal != "" {
			m.reply(conn, call, dbus.TypeError, m.refusal)
			return true
		}
		m.start(conn, call)
		return !m.hangsUp
	case "GetUnit":
		m.reply(conn, call, dbus.TypeMethodReply, dbus.ObjectPath("/unit"))
	case "Get":
		m.reply(conn, call, dbus.TypeMethodReply, dbus.MakeVariant(m.gives))
	default:
		m.t.Errorf("systemd is asked for %s", member)
	}
	return true
}

func (m *machine) start(conn net.Conn, call *dbus.Message) {
	const job = dbus.ObjectPath("/org/freedesktop/systemd1/job/9")
	var r request
	var properties []property
	var others []auxiliary
	if err := dbus.Store(call.Body, &r.name, &r.mode, &properties, &others); err != nil {
		m.t.Errorf("StartTransientUnit(%v): %v", call.Body, err)
	}
	r.properties = map[string]any{}
	for _, p := range properties {
		r.properties[p.Name] = p.Value.Value()
	}
	m.asked = append(m.asked, r)
	if m.result == "done" && !m.lies {
		m.path = "/a.slice/" + r.name
	}
	// Somebody else's comes first, and the end of this one before the reply.
	m.removed(conn, job, "another.scope", "failed")
	if m.result != "" {
		m.removed(conn, job, r.name, m.result)
	}
	m.reply(conn, call, dbus.TypeMethodReply, job)
}

func (m *machine) removed(conn net.Conn, job dbus.ObjectPath, unit, result string) {
	m.send(conn, &dbus.Message{Type: dbus.TypeSignal, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldPath:      dbus.MakeVariant(dbus.ObjectPath(object)),
		dbus.FieldInterface: dbus.MakeVariant(strings.TrimSuffix(methods, ".")),
		dbus.FieldMember:    dbus.MakeVariant("JobRemoved"),
	}, Body: []any{uint32(9), job, unit, result}})
}

func (m *machine) reply(conn net.Conn, call *dbus.Message, kind dbus.Type, body ...any) {
	headers := map[dbus.HeaderField]dbus.Variant{dbus.FieldReplySerial: dbus.MakeVariant(call.Serial())}
	if kind == dbus.TypeError {
		headers[dbus.FieldErrorName] = dbus.MakeVariant("org.freedesktop.DBus.Error.AccessDenied")
	}
	m.send(conn, &dbus.Message{Type: kind, Headers: headers, Body: body})
}

func (m *machine) send(conn net.Conn, message *dbus.Message) {
	if len(message.Body) > 0 {
		message.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(message.Body...))
	}
	if err := message.EncodeTo(conn, binary.LittleEndian); err != nil && !m.hangsUp {
		m.t.Logf("send %v: %v", message, err)
	}
}

package delegation

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// greeted is a stream on which this process has authenticated itself. The library
// would do that in steps: BEGIN is the last one, and nobody answers it. A systemd that
// reads the first call together with BEGIN leaves it lying until more comes, which is
// never. So BEGIN goes out with the first step, as systemd's own programs do it: who has
// answered that has read it.
type greeted struct {
	*net.UnixConn
	in    *bufio.Reader
	told  *strings.Reader // what the library is told in place of the other side
	begun bool            // it has said BEGIN
}

func greet(stream *net.UnixConn, uid int) (*greeted, error) {
	identity := hex.EncodeToString([]byte(strconv.Itoa(uid)))
	if _, err := io.WriteString(stream, "\x00AUTH EXTERNAL "+identity+"\r\nBEGIN\r\n"); err != nil {
		return nil, err
	}
	g := &greeted{UnixConn: stream, in: bufio.NewReader(stream)}
	answer, err := g.in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(answer, "OK ") {
		return nil, fmt.Errorf("it does not let uid %d in: %s", uid, strings.TrimSpace(answer))
	}
	g.told = strings.NewReader("REJECTED EXTERNAL\r\n" + answer)
	return g, nil
}

func (g *greeted) Read(b []byte) (int, error) {
	if g.told.Len() > 0 {
		return g.told.Read(b)
	}
	return g.in.Read(b)
}

// Write keeps the library's own steps back.
func (g *greeted) Write(b []byte) (int, error) {
	if g.begun {
		return g.UnixConn.Write(b)
	}
	g.begun = strings.HasPrefix(string(b), "BEGIN")
	return len(b), nil
}

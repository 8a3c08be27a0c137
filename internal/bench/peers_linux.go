package bench

import (
	"bytes"
)

// peers are the system's own means of running something as a unit, or under
// watch, in the order in which they are shown.
func (r *run) peers() []Contestant {
	peers := []Contestant{
		runTrue("timeout", "timeout", "60"),
		runTrue("tini -s", "tini", "-s", "--"),
		runTrue("unshare --pid --fork", "unshare", "--pid", "--fork"),
		runTrue(bwrapPeer, "bwrap", "--unshare-pid", "--dev-bind", "/", "/"),
		runTrue("firejail --noprofile", "firejail", "--quiet", "--noprofile"),
		runTrue("systemd-run --scope", "systemd-run", "--scope", "--quiet"),
	}
	group, err := r.ground.forCgexec()
	if err != nil {
		r.skip("launch", "cgexec", err)
		return peers
	}
	return append(peers, runTrue("cgexec", "cgexec", "-g", "pids:"+group))
}

func firstLine(output []byte) []byte {
	line, _, _ := bytes.Cut(bytes.TrimSpace(output), []byte("\n"))
	return line
}

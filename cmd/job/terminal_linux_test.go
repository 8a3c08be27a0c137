package main

import (
	"strings"
	"syscall"
	"testing"

	"jobobject/internal/testkit"
)

// The shells that job is to feel at home in.
var shells = map[string][]string{
	"bash": {"bash", "--norc", "--noprofile", "-i"},
	"sh":   {"sh", "-i"},
}

func atEachShell(t *testing.T, test func(t *testing.T, c *console)) {
	for name, shell := range shells {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			c := openConsole(t, shell...)
			test(t, c)
			c.end()
		})
	}
}

func TestCtrlCEndsTheCommand(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		c.send("$JOB run $FIXTURE tree 2 2\n")
		c.await("ready")

		c.send(ctrlC)

		c.await(prompt)
		c.requireStatus(130)
	})
}

func TestCtrlCIsTheCommandsToDecide(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		c.send("$JOB run --grace 10m $FIXTURE handler INT 4 200ms\n")
		c.await("ready")

		c.send(ctrlC)

		c.await("got SIGINT")
		c.await(prompt)
		c.requireStatus(4)
	})
}

func TestCtrlBackslashEndsTheCommand(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		c.do("ulimit -c 0")
		c.send("$JOB run -- sh -c 'echo rea\"\"dy; exec sleep 600'\n")
		c.await("ready")
		c.requireState("sleep", 'S')

		c.send(ctrlBackslash)

		c.await(prompt)
		c.requireStatus(131)
	})
}

func TestCtrlZAndFg(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		c.send("$JOB run -- sh -c 'echo rea\"\"dy; exec sleep 600'\n")
		c.await("ready")
		c.requireState("sleep", 'S')

		for range 2 {
			c.send(ctrlZ)
			c.await(prompt)
			c.requireState("sleep", 'T')
			c.requireState("job", 'T')

			c.send("fg\n")
			c.requireState("sleep", 'S')
			c.requireState("job", 'S')
		}

		c.send(ctrlC)
		c.await(prompt)
		c.requireStatus(130)
	})
}

func TestBgGoesOnInTheBackground(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		c.send("$JOB run --grace 10m -- sh -c 'echo rea\"\"dy; exec sleep 600'\n")
		c.await("ready")
		c.requireState("sleep", 'S')
		c.send(ctrlZ)
		c.await(prompt)
		c.requireState("job", 'T')

		c.do("bg")
		c.requireState("sleep", 'S')
		c.requireState("job", 'S')

		c.do("kill %1; wait %1") // in one, or the shell may have forgotten it by then
		c.requireStatus(143)
	})
}

// It tidies up first, or it does not stop at all. Job leaves it the time, and the
// terminal.
func TestCtrlZIsTheCommandsToDecide(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		c.send("$JOB run $FIXTURE handler TSTP 6 300ms\n")
		c.await("ready")

		c.send(ctrlZ)

		c.await("got SIGTSTP")
		if between := c.await(prompt); strings.Contains(strings.ToLower(between), "stopped") {
			t.Errorf("the shell saw it stop: %q", between)
		}
		c.requireStatus(6)
	})
}

func TestACommandThatReadsInTheBackgroundIsStopped(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		c.do("$JOB run cat &")
		c.requireState("cat", 'T')
		c.requireState("job", 'T')

		c.send("fg\n")
		c.requireState("cat", 'S')
		c.send("over the wire\n")
		c.await("over the wire") // as it is typed
		c.await("over the wire") // from cat
		c.send("\x04")           // the end of the file
		c.await(prompt)
		c.requireStatus(0)
	})
}

func TestAPipelineOfJobsStopsAndGoesOnAsOne(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		c.send("$JOB run -- sh -c 'echo rea\"\"dy; exec sleep 600' | $JOB run cat\n")
		c.requireState("sleep", 'S')
		c.requireState("cat", 'S')

		c.send(ctrlZ)
		c.await(prompt)
		c.requireState("job", 'T')
		c.requireState("cat", 'T')
		c.requireState("sleep", 'T')

		c.send("fg\n")
		c.requireState("job", 'S')
		c.requireState("cat", 'S')
		c.requireState("sleep", 'S')
		c.send(ctrlC)
		c.await(prompt)
		c.requireStatus(130)
	})
}

// The script is in the same process group, and no shell watches job itself.
func TestAScriptStopsAndGoesOnWithItsJob(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		c.send("sh -c '$JOB run sleep 600; echo never'\n")
		c.requireState("sleep", 'S')

		c.send(ctrlZ)
		c.await(prompt)
		c.requireState("job", 'T')
		c.requireState("sleep", 'T')

		c.send("fg\n")
		c.requireState("job", 'S')
		c.requireState("sleep", 'S')
		c.send(ctrlC)
		if said := c.await(prompt); strings.Contains(said, "\nnever") {
			t.Errorf("the script went on after Ctrl-C: %q", said)
		}
	})
}

// In raw mode the keys are the program's, as they are with an editor.
func TestAProgramInRawModeHasTheKeysToItself(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		c.send("$JOB run -- sh -c 'stty raw -echo; echo rea\"\"dy; head -c 3 | od -An -tx1; stty sane'\n")
		c.await("ready")

		c.send(ctrlC + ctrlZ + ctrlBackslash)

		c.await("03 1a 1c")
		c.await(prompt)
		c.requireStatus(0)
	})
}

// A shell as the command has process groups of its own, and takes the terminal.
func TestAShellAsTheCommand(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		const inner = "[inner]"
		c.send("PS1='[in''ner]' $JOB run -- bash --norc --noprofile -i\n")
		c.await(inner)

		c.send("sleep 600\n")
		c.requireState("sleep", 'S')
		c.send(ctrlC)
		c.await(inner)
		c.send("sleep 601\n")
		c.requireState("sleep", 'S')
		c.send(ctrlZ)
		c.await(inner)
		c.requireState("sleep", 'T')
		c.requireState("job", 'S') // the inner shell has seen to it
		c.send("fg\n")
		c.requireState("sleep", 'S')
		c.send(ctrlC)
		c.await(inner)

		for range 2 {
			c.send("suspend\n")
			c.await(prompt)
			c.requireState("job", 'T')
			c.send("fg\n")
			c.requireState("job", 'S')
			c.send("echo aga''in\n")
			c.await("again")
			c.await(inner)
		}

		c.send("exit 7\n")
		c.await(prompt)
		c.requireStatus(7)
	})
}

// C67: a program that is killed cannot put the terminal back in order itself.
func TestTheTerminalIsAsItWasAfterAKill(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		before := c.do("stty -a")

		c.do("$JOB run --timeout 300ms -- sh -c 'stty raw -echo; exec sleep 600'")

		c.requireStatus(124)
		if after := c.do("stty -a"); after != before {
			t.Errorf("the terminal was\n%s\nand is\n%s", before, after)
		}
	})
}

// The group that had the terminal has died with it, and the next command of the
// same script would be stopped when it reads.
func TestTheTerminalComesBackFromADeadShell(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		c.send("sh -c '$JOB run --timeout 500ms --grace 100ms -- bash --norc --noprofile -i; echo status=$?; read line; echo \"<$line>\"'\n")
		c.await("status=124") // an interactive shell ignores TERM
		c.send("hello\n")
		c.await("<hello>")
		c.await(prompt)
	})
}

func TestACommandMayChangeTheTerminal(t *testing.T) {
	testkit.NoLeaks(t)
	c := openConsole(t, shells["sh"]...)
	c.do("$JOB run stty erase @")
	if said := c.do("stty -a"); !strings.Contains(said, "erase = @") {
		t.Errorf("erase is not @: %q", said)
	}
	c.end()
}

func TestHangUpEndsTheJob(t *testing.T) {
	atEachShell(t, func(t *testing.T, c *console) {
		c.send("$JOB run -- sh -c 'echo rea\"\"dy; exec sleep 600'\n")
		c.await("ready")
		c.requireState("sleep", 'S')
		c.hangUp()
	})
}

// It is the shell that passes this on to the background, and not every shell does.
func TestHangUpEndsAJobInTheBackground(t *testing.T) {
	testkit.NoLeaks(t)
	c := openConsole(t, shells["bash"]...)
	c.send("$JOB run -- sh -c 'echo rea\"\"dy; exec sleep 600' &\n")
	c.await("ready")
	c.requireState("sleep", 'S')
	// The shell passes it on, if it does not find out first that nobody types any more.
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Error(err)
	}
	c.end()
}

func TestNohupKeepsAJobFromHangingUp(t *testing.T) {
	testkit.NoLeaks(t)
	c := openConsole(t, shells["bash"]...)
	c.do("nohup $JOB run $FIXTURE sleep > out 2>&1 < /dev/null &")
	c.do("until grep -q ready out; do :; done")
	c.do("disown -a")
	c.send("exit\n")
	<-c.over

	var left []string
	for _, pid := range testkit.WithNonce(c.nonce) {
		if stat, err := testkit.ReadStat(pid); err == nil {
			left = append(left, stat.Comm)
			if stat.Comm == "job" {
				if err := syscall.Kill(pid, syscall.SIGHUP); err != nil {
					t.Error(err)
				}
				defer syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
	if len(left) != 2 {
		t.Errorf("there are %q, want job and its command", left)
	}
}

package main

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"jobobject/internal/testkit"
)

// The scripts in testdata/script show job as its users see it. Beside the commands
// of testscript they have
//
//	exits N CMD...    CMD ends with status N
//	left              fails if a process of the script is alive
//
// and the programs job and fixture.
func TestScripts(t *testing.T) { runScripts(t, "testdata/script") }

func runScripts(t *testing.T, dir string) {
	t.Helper()
	testkit.NoLeaks(t)
	job, fixture := jobProgram(t), testkit.Fixture(t)
	t.Run("scripts", func(t *testing.T) {
		testscript.Run(t, testscript.Params{
			Dir:                 dir,
			RequireExplicitExec: true,
			RequireUniqueNames:  true,
			UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
			Setup: func(env *testscript.Env) error {
				nonce, variable := testkit.NewNonce(env.T().(testing.TB))
				env.Values["nonce"] = nonce
				bin := env.WorkDir + "/.bin"
				env.Vars = append(env.Vars, variable, "GORACE="+os.Getenv("GORACE"), "PATH="+bin+":"+os.Getenv("PATH"))
				return errors.Join(os.Mkdir(bin, 0o755), os.Symlink(job, bin+"/job"), os.Symlink(fixture, bin+"/fixture"))
			},
			Cmds: map[string]func(*testscript.TestScript, bool, []string){
				"exits": exits,
				"left":  left,
			},
		})
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if neg || len(args) < 2 || err != nil {
		ts.Fatalf("usage: exits N CMD...")
	}
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) && exit.Exited() {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v: %v", args[1:], err)
	}
	if got != want {
		ts.Fatalf("%v ended with status %d, not %d", args[1:], got, want)
	}
}

func left(ts *testscript.TestScript, neg bool, args []string) {
	if !neg || len(args) > 0 {
		ts.Fatalf("usage: ! left")
	}
	if pids := testkit.WithNonce(ts.Value("nonce").(string)); len(pids) > 0 {
		ts.Fatalf("still alive: %v", pids)
	}
}

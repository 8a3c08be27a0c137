package proctree

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// What the test binary does as somebody else's process.
const (
	ownVerb  = "own-group"     // KILL-ON-CLOSE PROGRAM ARGS: make a group, start that in it, stay
	cantVerb = "cannot-be-rid" // PROGRAM ARGS: start that in a group, end it, print the error
)

func play(verb string, args []string) {
	switch verb {
	case ownVerb:
		flag, _ := strconv.ParseBool(args[0])
		g := ownGroup(group.State{KillOnClose: flag})
		begin(g, args[1:])
		select {}
	case cantVerb:
		g := ownGroup(killOnClose)
		begin(g, args)
		line := make([]byte, 1)
		_, _ = os.Stdin.Read(line) // until it is to go on
		fmt.Println(strings.ReplaceAll(fmt.Sprint(g.End(300*time.Millisecond, notStarting)), "\n", " "))
		fmt.Println("over")
		_, _ = os.Stdin.Read(line)
		os.Exit(0)
	}
}

func ownGroup(state group.State) *Group {
	groups, err := New()
	if err == nil {
		var own group.Place
		if own, err = groups.PlaceOf(0); err == nil {
			var planned group.Group
			if planned, err = groups.Plan("inner", own); err == nil {
				if err = planned.Make(state, false); err == nil {
					return planned.(*Group)
				}
			}
		}
	}
	fmt.Println("failed:", err)
	os.Exit(1)
	return nil
}

func begin(g *Group, args []string) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	c, err := g.Start(cmd, false)
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	go func() {
		if status, err := c.Wait(); err != nil || status != (kernel.ExitStatus{}) {
			fmt.Fprintln(os.Stderr, "ended:", status, err)
		}
	}()
}

// Command monitor runs a command in a job and prints every message that the job
// posts to its completion port, by name, until the last process has ended:
//
//	monitor CMD [ARG...]
//
// What there is to be seen:
//
//	$ monitor sh -c 'sleep 1 & exec true'
//
// A process that joins is NEW_PROCESS, and one that ends is EXIT_PROCESS, or
// ABNORMAL_EXIT_PROCESS if that is what its exit code says (MSG-02, MSG-03); the last
// one is followed by ACTIVE_PROCESS_ZERO. Other messages tell that limits were
// reached. A number in the second column is the process that it is about. It says
// who that was then: when it is read, another one may have the number (MSG-12).
//
// One name is none of Windows': LOST tells how many messages are missing in that
// place. There they are missing as well, and nobody tells.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"

	"jobobject"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("monitor: ")
	if len(os.Args) < 2 {
		log.Fatal("no command given; write it as in `monitor sh -c 'sleep 1 &'`")
	}
	if err := monitor(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func monitor(command []string) (err error) {
	job, err := jobobject.Create("", jobobject.WithLimits(jobobject.Limits{KillOnClose: true}))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, job.Close()) }()
	port := jobobject.NewPort()
	if err := job.Associate(port, job); err != nil {
		return err
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	process, err := job.Start(cmd)
	if err != nil {
		return err
	}
	for {
		message, err := port.Get(context.Background())
		if err != nil {
			return err
		}
		fmt.Println(line(message))
		over, err := isOver(job, message)
		if err != nil {
			return err
		}
		if over {
			break
		}
	}
	_, err = process.Wait()
	return err
}

// isOver asks the job, for a message may be out of date, or be lost. The program
// waitall says more about that.
func isOver(job *jobobject.Job, message jobobject.Message) (bool, error) {
	if message.ID != jobobject.ActiveProcessZero && message.ID != jobobject.MessageLost {
		return false, nil
	}
	members, err := job.Processes()
	return err == nil && len(members) == 0, err
}

// line is a message with the name that it has in Windows' headers.
func line(message jobobject.Message) string {
	name := "JOB_OBJECT_MSG_" + message.ID.String()
	switch {
	case message.ID == jobobject.MessageLost:
		return fmt.Sprintf("%-37s  %d messages", message.ID, message.Lost)
	case message.Pid != 0:
		return fmt.Sprintf("%-37s  %d", name, message.Pid)
	}
	return name
}

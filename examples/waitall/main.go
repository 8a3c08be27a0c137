// Command waitall runs a command and waits until the last process of its tree has
// ended, however far that has gone from it:
//
//	waitall [-spurious] CMD [ARG...]
//
// A job is not signaled when its processes have ended (SIG-04); it tells that to a
// completion port. So this program makes a job and a port, lets the one post to the
// other, starts the command in the job and takes messages out of the port until
// there is ACTIVE_PROCESS_ZERO. Run it with a shell that leaves something behind:
//
//	waitall sh -c 'sleep 5 & echo the shell is done'
//
// (To do nothing but wait, Job.WaitEmpty is shorter. The point here is the port.)
//
// # The exercise
//
// The original of this program has its job's handle as the key of the messages, in
// case something else comes to the port, and the remark "not sure how that could
// happen, but we'll watch out for it". How could it, and what protects against it?
//
//   - A port may serve many jobs (ACP-02), and each posts its own messages there. A
//     job inside of this one, made by a member, posts to its own port (MSG-14). Each
//     has its own key (MSG-15), so the key tells them apart, if nobody else can have
//     the same. The value of a handle is no such key: it is a small number that
//     another process has as well, for another job. Here it is the address of a
//     variable of this program.
//   - Whoever has the port can post to it, with any key (Port.Post). A key that is
//     right says that the poster knows the key, and no more.
//   - A true message may be out of date: the last process was gone when it was
//     posted, and another one has joined since (MSG-10).
//   - And the one that is waited for may be among those that were lost, for ports
//     are bounded and messages best effort (MSG-06). Then nothing spurious comes, but
//     nothing else does either.
//
// So a message is a reason to look and never the answer: this program believes it
// only when the job, asked, has no members. -spurious makes it prove that: another
// job posts to the same port, and a forger who knows the key.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"

	"jobobject"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("waitall: ")
	spurious := flag.Bool("spurious", false, "let others post to the port as well")
	flag.Parse()
	if flag.NArg() == 0 {
		log.Fatal("no command given; write it as in `waitall sh -c 'sleep 5 &'`")
	}
	if err := waitAll(flag.Args(), *spurious); err != nil {
		log.Fatal(err)
	}
}

// key is what the messages of this program's job carry. Its address is nobody
// else's, for it has a size.
type key struct{ _ byte }

func waitAll(command []string, spurious bool) (err error) {
	job, err := jobobject.Create("")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, job.Close()) }()
	port, ours := jobobject.NewPort(), &key{}
	// Before there is a process: so none can be missed (ACP-09). Nor has one to be
	// created suspended and assigned: it is started in the job.
	if err := job.Associate(port, ours); err != nil {
		return err
	}
	process, err := start(job, command)
	if err != nil {
		return err
	}
	if spurious {
		if err := postSpurious(port, ours); err != nil {
			return err
		}
	}
	for done := false; !done; {
		message, err := port.Get(context.Background())
		if err != nil {
			return err
		}
		if done, err = isOver(job, ours, message); err != nil {
			return err
		}
	}
	fmt.Println("All done")
	_, err = process.Wait() // it has ended, and this takes its remains away
	return err
}

func start(job *jobobject.Job, command []string) (*jobobject.Process, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return job.Start(cmd)
}

// isOver tells whether all processes of the job have ended. A message is what
// makes it look, and the job what it believes.
func isOver(job *jobobject.Job, ours *key, message jobobject.Message) (bool, error) {
	switch {
	case message.ID == jobobject.MessageLost:
		// It may have been among those, and would not come again.
	case message.Key != ours:
		fmt.Println("Not ours:", message.ID, "of another job")
		return false, nil
	case message.ID != jobobject.ActiveProcessZero:
		fmt.Println("Still waiting...")
		return false, nil
	}
	members, err := job.Processes()
	if err == nil && len(members) > 0 {
		fmt.Println("Not true:", message.ID, "although there are", len(members), "processes")
	}
	return err == nil && len(members) == 0, err
}

// postSpurious lets somebody else use the port, and somebody who knows the key.
func postSpurious(port *jobobject.Port, ours *key) (err error) {
	other, err := jobobject.Create("")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, other.Close()) }()
	if err := other.Associate(port, "the other job"); err != nil {
		return err
	}
	process, err := start(other, []string{"true"})
	if err != nil {
		return err
	}
	if _, err := process.Wait(); err != nil {
		return err
	}
	if err := other.WaitEmpty(context.Background()); err != nil {
		return err
	}
	return port.Post(jobobject.Message{ID: jobobject.ActiveProcessZero, Key: ours})
}

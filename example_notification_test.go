package jobobject_test

import (
	"context"
	"fmt"
	"log"
	"os/exec"

	"jobobject"
)

// A job tells when its members have more memory than expected, and they go on. The
// query says by how much, and lets the job tell again.
func ExampleJob_Violations() {
	job, err := jobobject.Create("", jobobject.WithLimits(jobobject.Limits{KillOnClose: true}))
	if err != nil {
		log.Fatal(err)
	}
	defer job.Close()
	if err := job.SetNotificationLimits(jobobject.NotificationLimits{JobMemory: 100 << 20}); err != nil {
		log.Fatal(err)
	}
	port := jobobject.NewPort()
	if err := job.Associate(port, nil); err != nil {
		log.Fatal(err)
	}
	if _, err := job.Start(exec.Command("sort", "-S", "1G", "/var/log/huge")); err != nil {
		log.Fatal(err)
	}
	for {
		message, err := port.Get(context.Background())
		if err != nil {
			log.Fatal(err)
		}
		switch message.ID {
		case jobobject.ActiveProcessZero:
			return
		case jobobject.NotificationLimit:
			found, err := job.Violations()
			if err != nil {
				log.Fatal(err)
			}
			if memory, exceeded := found.JobMemory.Get(); exceeded {
				fmt.Printf("process %d: the job has %d MiB now\n", message.Pid, memory>>20)
			}
		}
	}
}

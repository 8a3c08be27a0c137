package main

import "jobobject/internal/cgroup"

// machineProcessors is how many there are, whichever of them job may run on.
func machineProcessors() int { return cgroup.Processors() }

package main

import "jobobject/internal/member"

// machineProcessors is how many there are, whichever of them job may run on.
func machineProcessors() int { return member.Processors() }

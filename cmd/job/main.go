// Command job runs a command as a job: as one unit, with nothing left behind.
//
//	job run -- make test
//
// It is a thin layer: package jobobject holds the job, package supervise says
// when it is over, and what is here turns a command line into calls and what came
// of it into an exit code.
//
// Starting up quickly is a feature, for job stands in front of every step of a
// build. So the command line is taken apart by package flag: the libraries for
// that cost more at every start than all of job run, and one that links package
// net makes a default build a dynamic one, which takes twice as long to start.
//
// How many processors there are for it does not matter to job. The runtime would
// look through the cgroups for that and keep files of theirs open.
//
//go:debug containermaxprocs=0
package main

import "os"

func main() { os.Exit(perform(os.Args[1:])) }

package jobobject

import "jobobject/internal/cgroup"

func processors() int { return cgroup.Processors() }

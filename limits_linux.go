package jobobject

import "jobobject/internal/member"

func processors() int { return member.Processors() }

package jobobject

import "jobobject/internal/kernel"

func system() kernel.Kernel { return unsupported{} }

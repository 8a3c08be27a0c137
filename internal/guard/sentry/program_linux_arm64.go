package sentry

import _ "embed"

// Program is the sentry for this machine, an ELF executable.
//
//go:embed sentry_arm64
var Program []byte

package sentry

import _ "embed"

// Program is the sentry for this machine, an ELF executable.
//
//go:embed sentry_amd64
var Program []byte

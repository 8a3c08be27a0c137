//go:build !(linux && (amd64 || arm64))

package sentry

// Program is empty where there is no sentry.
var Program []byte

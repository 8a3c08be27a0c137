module jobobject

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/moby/sys/mountinfo v0.7.3
	go.uber.org/goleak v1.3.0
	golang.org/x/sys v0.49.0
)

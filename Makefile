# Everything a checkout needs. `make build` gives bin/job, `make test` is what CI runs.

GO     ?= go
PREFIX ?= /usr/local

# Tests share one cgroup tree, and some put limits on it: packages run one after the other.
TESTFLAGS ?= -race -p 1 -count=1 -timeout=20m

# What is tested again as a user without privilege.
UNPRIVILEGED ?= . ./cmd/job ./internal/bench ./internal/cgroup ./internal/child ./internal/delegation ./internal/guard ./internal/lookout ./internal/mechanism ./internal/member ./internal/probe ./internal/proctable ./internal/proctree ./internal/supervisor ./internal/trace ./internal/tracing

# Passed to the benchmark, as in make bench BENCHFLAGS="-only kill -json bench.json".
BENCHFLAGS ?=
# And to go test for that of the tracer, as in make bench-trace BENCHTRACEFLAGS="-count 5".
BENCHTRACEFLAGS ?=

# Passed to the tests in a virtual machine, as in make test-vm RUN=TestC12.
# PACKAGES, PLACES and SHELL_IN_VM are for them too, see scripts/test-vm.
RUN ?=

# What is tested once more with 32 bits. In make test that is without the suite, which runs in
# enough places there, and without what measures the kernel and not the program.
TEST32BIT ?= ./...
MEASURING ?= ^TestACapOnProcessorsHolds$$

.PHONY: build test test-32bit test-vm test-systemd matrix lint bench bench-trace install clean

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/ ./cmd/job

# The order matters to whoever reads the output: what go test says comes last.
# A machine without KVM was seen to stand still as a whole once in six runs, which says
# nothing of the tests: then it is booted once more, visibly.
test: test-packages lint
	scripts/test-unprivileged $(TESTFLAGS) $(UNPRIVILEGED)
	scripts/test-32bit $(TESTFLAGS) -short -skip '$(MEASURING)' $$($(GO) list $(TEST32BIT) | grep -v /conformance)
	scripts/test-places tree-nobody tree-container
	VM_SHORT=1 VM_SECONDS=720 scripts/test-vm || { [ $$? = 3 ] && echo "the virtual machine hung; once more" >&2 && VM_SHORT=1 scripts/test-vm; }
	$(GO) test $(TESTFLAGS) ./...

# The tests as a program with 32 bits, on a machine that runs those too.
test-32bit:
	scripts/test-32bit $(TESTFLAGS) $(TEST32BIT)

# The tests on another kernel and another layout of cgroups than this host's.
test-vm:
	scripts/test-vm '$(RUN)'

# Job in the sessions and services of a systemd.
test-systemd:
	scripts/test-systemd

# The conformance suite in all its places, and what it came to.
matrix: test-packages
	rm -rf bin/places
	RESULTS=bin/places RUN='$(RUN)' scripts/test-places
	$(GO) run ./internal/cmd/matrix -o docs/matrix.md bin/places

lint:
	scripts/check-format
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	scripts/check-systems
	scripts/check-shell

bench: build bench-packages
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/ ./internal/cmd/bench ./internal/fixture
	bin/bench $(BENCHFLAGS)
	$(MAKE) bench-trace

# What tracing costs, how many events a second come through, how late the end of a
# process is told and when that of its job, how long the usage of 1000 members takes. As root.
bench-trace:
	$(GO) test -run '^$$' -bench . -benchtime 3s $(BENCHTRACEFLAGS) ./internal/trace/... ./internal/tracing .

install: build
	install -D -m 755 bin/job $(DESTDIR)$(PREFIX)/bin/job

clean:
	rm -rf bin

.PHONY: test-packages bench-packages

test-packages:
	scripts/need gcc:gcc shellcheck:shellcheck setpriv:util-linux clang-14:clang-14 llvm-strip-14:llvm-14 ld.lld-14:lld-14

bench-packages:
	scripts/need bwrap:bubblewrap tini:tini firejail:firejail cgexec:cgroup-tools unshare:util-linux timeout:coreutils

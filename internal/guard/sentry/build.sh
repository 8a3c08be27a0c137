#!/bin/sh
# Assembles the sentry for each machine that has one, into the folder $1 (here
# by default). It needs Debian's clang-14 and lld-14, which do so for machines they do
# not run on.
set -eu
cd "$(dirname "$0")"
out=${1:-.}
for machine in amd64:x86_64 arm64:aarch64; do
	object=$(mktemp)
	clang-14 -c --target="${machine#*:}-linux-gnu" -o "$object" "sentry_${machine%:*}.S"
	ld.lld-14 -static --nmagic --strip-all --build-id=none -T sentry.ld -o "$out/sentry_${machine%:*}" "$object"
	rm -f "$object"
done

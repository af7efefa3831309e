#!/usr/bin/env bash
# Where io_uring is forbidden, programs end with exit code 1 and one line that names the cause and the
# remedy: under a seccomp filter that answers EPERM, and one that answers ENOSYS.
set -euo pipefail

deny=$1; hello=$2; bank=$3
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed() { echo "FAILED: $1"; cat "$work/out" "$work/err"; exit 1; }

printf 'number,from,to,cents\n1,account-0,account-1,5\n' >"$work/transfers.csv"

# refused NAME TEXT ERRNO PROGRAM [ARGUMENT...]
refused() {
  local name=$1 text=$2 code=0
  shift 2
  "$deny" "$@" >"$work/out" 2>"$work/err" || code=$?
  [ "$code" = 1 ] || failed "$name: exit code $code"
  [ "$(wc -l <"$work/err")" = 1 ] || failed "$name: not one line"
  grep -q "^error: .*$text.*: use a profile that allows io_uring_setup" "$work/err" ||
    failed "$name: another message"
}

refused "hello, EPERM" "io (Operation not permitted, EPERM): a seccomp filter forbids" 1 "$hello"
refused "hello, ENOSYS" "io (Function not implemented, ENOSYS): a seccomp filter hides" 38 "$hello"
refused "hello, all cores" "a seccomp filter forbids" 1 "$hello" --serve
refused "bank, EPERM" "a seccomp filter forbids" 1 "$bank" "$work/transfers.csv"

# The simulation needs none.
"$deny" 1 "$bank" "$work/transfers.csv" --simulate 1 >"$work/out" 2>"$work/err" ||
  failed "the simulation does not run without io_uring"
echo "io_uring_forbidden_test: passed"

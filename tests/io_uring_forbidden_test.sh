#!/usr/bin/env bash
# Where io_uring is forbidden (a seccomp filter that answers EPERM, or ENOSYS), programs run on epoll
# with one warning that names the cause and the remedy; those that insist on io_uring end with exit
# code 1 and the same line.
set -euo pipefail

deny=$1; hello=$2; bank=$3
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed() { echo "FAILED: $1"; cat "$work/out" "$work/err"; exit 1; }

printf 'number,from,to,cents\n1,account-0,account-1,5\n' >"$work/transfers.csv"

# ran NAME TEXT ERRNO PROGRAM [ARGUMENT...]
ran() {
  local name=$1 text=$2
  shift 2
  "$deny" "$@" >"$work/out" 2>"$work/err" || failed "$name: exit code $?"
  [ "$(wc -l <"$work/err")" = 1 ] || failed "$name: not one line"
  grep -q "running on epoll instead of io_uring: $text.*: use a profile that allows io_uring_setup" \
    "$work/err" || failed "$name: another message"
}

ran "hello, EPERM" "io (Operation not permitted, EPERM): a seccomp filter forbids" 1 "$hello"
grep -q '^Hello, world!$' "$work/out" || failed "hello said nothing"
ran "hello, ENOSYS" "io (Function not implemented, ENOSYS): a seccomp filter hides" 38 "$hello"
ran "bank, EPERM" "io (Operation not permitted, EPERM)" 1 "$bank" --quiet "$work/transfers.csv"
ran "bank, four cores" "io (Operation not permitted" 1 "$bank" --quiet --cores 4 "$work/transfers.csv"

# Who chose epoll is not warned.
"$deny" 1 "$bank" --quiet --backend epoll "$work/transfers.csv" >"$work/out" 2>"$work/err" ||
  failed "epoll does not run without io_uring"
[ ! -s "$work/err" ] || failed "epoll, chosen: a warning"

code=0
"$deny" 1 "$bank" --quiet --backend uring "$work/transfers.csv" >"$work/out" 2>"$work/err" || code=$?
[ "$code" = 1 ] || failed "io_uring, required: exit code $code"
[ "$(wc -l <"$work/err")" = 1 ] || failed "io_uring, required: not one line"
grep -q "^error: .*a seccomp filter forbids io_uring_setup.*or choose the epoll backend$" \
  "$work/err" || failed "io_uring, required: another message"

# The simulation needs none.
"$deny" 1 "$bank" --quiet "$work/transfers.csv" --simulate 1 >"$work/out" 2>"$work/err" ||
  failed "the simulation does not run without io_uring"
[ ! -s "$work/err" ] || failed "simulation: a warning"
echo "io_uring_forbidden_test: passed"

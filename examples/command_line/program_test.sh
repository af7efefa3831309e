#!/usr/bin/env bash
# An example as a program: it explains itself; wrong usage is one line and exit code 2; a simulation
# ends with 0 and prints the same twice; it runs on threads too.
# usage: program_test.sh PROGRAM WANTED OPTION…: a line of the output holds WANTED; what the options
# say is done in seconds.
set -euo pipefail

program=$1 wanted=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed() { echo "FAILED: $1"; cat "$work/out" "$work/err" 2>/dev/null; exit 1; }

"$program" --help | grep -q -- --simulate || failed "--help does not name --simulate"

for bad in "--bogus" "word" "--cores 100000" "--simulate -1" "--backend none"; do
  code=0
  # shellcheck disable=SC2086
  "$program" $bad >"$work/out" 2>"$work/err" || code=$?
  [ "$code" = 2 ] || failed "$bad: exit code $code"
  [ "$(wc -l <"$work/err")" = 1 ] || failed "$bad: not one line"
  [ ! -s "$work/out" ] || failed "$bad: something ran"
done

"$program" --simulate 7 "$@" >"$work/first" 2>"$work/err" || failed "exit code $? in simulation"
"$program" --simulate 7 "$@" >"$work/out" 2>"$work/err" || failed "exit code $? in simulation"
diff "$work/first" "$work/out" || failed "the same seed printed something else"
grep -q -- "$wanted" "$work/out" || failed "no line with: $wanted"

for backend in uring epoll; do
  "$program" --cores 2 --backend "$backend" "$@" >"$work/out" 2>"$work/err" ||
    failed "exit code $? on $backend"
  grep -q -- "$wanted" "$work/out" || failed "no line with: $wanted on $backend"
done
echo "program_test: passed"

#!/usr/bin/env bash
# hello greets once; --serve greets until a signal and ends with 0; the second signal ends it at once;
# wrong usage is one line and exit code 2; the README shows hello.actor and hello.cc word for word.
set -euo pipefail

hello=$1
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -9 "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
failed() { echo "FAILED: $1"; cat "$work/out" "$work/err" 2>/dev/null; exit 1; }

# until_true WHAT COMMAND...: for at most 60 seconds.
until_true() {
  local what=$1
  shift
  for ((i = 0; i < 1200; ++i)); do
    if "$@" 2>/dev/null; then return; fi
    sleep 0.05
  done
  failed "not within 60 s: $what"
}
start() {
  "$@" >"$work/out" 2>"$work/err" &
  server=$!
}
ended_with() {
  local code=0
  wait "$server" || code=$?
  server=
  [ "$code" = "$1" ] || failed "exit code $code instead of $1"
}

# ---- once

[ "$("$hello")" = "Hello, world!" ] || failed "no greeting"
"$hello" --help | grep -q -- --serve || failed "--help does not name --serve"

# ---- a server

for signal in INT TERM; do
  start "$hello" --serve --every 0.01 --name "$signal"
  until_true "three greetings" grep -qm3 "^Hello, $signal!$" "$work/out"
  kill -s "$signal" "$server"
  ended_with 0
  [ "$(tail -n 1 "$work/out")" = "Goodbye, $signal!" ] || failed "no goodbye"
  [ "$(cat "$work/err")" = "troupe: SIG$signal: ending in order; a second signal ends at once" ] ||
    failed "other lines on standard error"
done

# Sent to the process and its group, as timeout does: one request, an orderly end.
code=0
timeout -s TERM 3 "$hello" --serve --every 0.01 >"$work/out" 2>"$work/err" || code=$?
[ "$code" = 124 ] || failed "timeout gave $code"
[ "$(tail -n 1 "$work/out")" = "Goodbye, world!" ] || failed "ended by timeout without a goodbye"

# ---- wrong usage

for bad in "--bogus" "--" "--serve --name" "--serve --every 0" "--serve --every x" "--every 1" "word"; do
  code=0
  # shellcheck disable=SC2086
  "$hello" $bad >"$work/out" 2>"$work/err" || code=$?
  [ "$code" = 2 ] || failed "$bad: exit code $code"
  [ "$(wc -l <"$work/err")" = 1 ] || failed "$bad: not one line"
done

# ---- the README

# The first lines of the files, which say what they are for, are left out there.
diff <(awk '/^```cpp$/ && !n {n = 1; next} /^```$/ && n {n = 2} n == 1' README.md) \
  <(tail -n +2 examples/hello/hello.cc) || failed "README.md shows another hello.cc"
diff <(awk '/^package hello;/ {n = 1} /^```/ {n = 0} n' README.md) \
  <(tail -n +2 examples/hello/hello.actor) || failed "README.md shows another hello.actor"
echo "hello_test: passed"

#!/usr/bin/env bash
# The test of a compile_failure_test: reads what the compiler said of the source without and with
# its mistake.
set -euo pipefail

source={source}
record={record}

fail() {
  echo "$source: $1. The compiler said:" >&2
  cat "$record" >&2
  exit 1
}

grep -q '^right: compiles$' "$record" || fail "does not compile as it is"
grep -q '^wrong: fails$' "$record" || fail "compiles with its mistake"

expected=0
while IFS= read -r text; do
  expected=$((expected + 1))
  grep -qF "$text" <(sed -n '/^wrong:/,$p' "$record") || fail "the compiler does not say '$text'"
done < <(sed -n 's|^.*// error: ||p' "$source")
((expected > 0)) || fail "says no '// error: ' to expect"
echo "$source: refused, and $expected texts found"

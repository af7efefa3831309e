#!/usr/bin/env bash
# Ctrl-C and SIGTERM in the midst of a run: transfers under way are settled, the rows not done are named
# and add up, money is conserved, exit code 130 or 143; with --record too. A second signal ends at once.
set -euo pipefail

bank=$1; generate=$2
rows=1000000
work=$(mktemp -d)
running=
trap '[ -z "$running" ] || kill -9 "$running" 2>/dev/null || true; rm -rf "$work"' EXIT
failed() { echo "FAILED: $1"; tail -n 30 "$work/out" "$work/err"; exit 1; }

# start TRANSFERS [OPTION...]: returns once the first progress line is there.
start() {
  : >"$work/err"
  "$bank" "$@" >"$work/out" 2>"$work/err" &
  running=$!
  for ((i = 0; i < 6000; ++i)); do
    if grep -q " 10 %" "$work/err"; then return; fi
    kill -0 "$running" 2>/dev/null || failed "ended before it could be signalled"
    sleep 0.01
  done
  failed "no progress within 60 s"
}
ended_with() {
  local code=0
  wait "$running" || code=$?
  running=
  [ "$code" = "$1" ] || failed "exit code $code instead of $1"
}

# Of "rows 2-17, 40, 51-60": how many that are.
count_rows() {
  tr ',' '\n' <<<"$1" | awk -F- '{n += NF == 2 ? $2 - $1 + 1 : 1} END {print n}'
}

# orderly SIGNAL TRANSFERS-IN-FILE: what a run that was ended in order has printed.
orderly() {
  local signal=$1 all=$2 done_ not_done ranges
  grep -qx "troupe: $signal: ending in order; a second signal ends at once" "$work/err" ||
    failed "nothing said of the signal"
  grep -q "^transfers .* 0 failed" "$work/out" || failed "transfers under way were not settled"
  done_=$(awk '/^transfers/ {print $2 + $4}' "$work/out")
  not_done=$(awk '/^not done/ {print $3}' "$work/out")
  grep -q "^not done    $not_done of $all transfers, not started after $signal: rows " "$work/out" ||
    failed "what was not done is not printed"
  [ "$done_" -gt 0 ] && [ "$not_done" -gt 0 ] && [ $((done_ + not_done)) = "$all" ] ||
    failed "$done_ done and $not_done not done are not $all"
  ranges=$(sed -n 's/^not done.*: rows //p' "$work/out")
  [ "$(count_rows "$ranges")" = "$not_done" ] || failed "the ranges are not $not_done rows"
  # The header is row 1.
  [ "${ranges##*[-, ]}" = $((all + 1)) ] || failed "the last row not done is not the file's last"
  grep -q "^money .*: conserved, every account as its transfers say" "$work/out" ||
    failed "money is not conserved"
}

"$generate" --transfers "$rows" --accounts 1000 --cents-max 2000 --seed 5 --out "$work/transfers.csv"

for signal in INT TERM; do
  start "$work/transfers.csv" --cores 2
  kill -s "$signal" "$running"
  if [ "$signal" = INT ]; then ended_with 130; else ended_with 143; fi
  orderly "SIG$signal" "$rows"
done

# ---- with --record: the files are whole

head -n 300001 "$work/transfers.csv" >"$work/short.csv"
start "$work/short.csv" --cores 2 --record "$work/frames"
kill -s INT "$running"
ended_with 130
orderly SIGINT 300000
withdrawals=$(cat "$work"/frames/core-?.txt | grep -c "bank.Account.Withdraw ")
done_=$(awk '/^transfers/ {print $2 + $4}' "$work/out")
[ "$withdrawals" -ge "$done_" ] || failed "$withdrawals withdrawals recorded for $done_ transfers"

# ---- the second signal: at once, without a summary

start "$work/transfers.csv" --cores 2 --concurrency 1 --accounts 10000000
kill -s INT "$running"
# Until it has ended: the first few count as the same request.
for ((i = 0; i < 600; ++i)); do
  kill -s TERM "$running" 2>/dev/null || break
  sleep 0.05
done
ended_with 143
[ "$(tail -n 1 "$work/err")" = "troupe: SIGTERM, the second signal: ended at once" ] ||
  failed "the second signal says nothing"
grep -q "^money" "$work/out" && failed "the second signal waited for the end"
echo "bank_signal_test: passed"

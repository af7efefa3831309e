#!/usr/bin/env bash
# Bad input and bad options: one line on standard error that says where, what, and what to do; exit code
# 2; and nothing has run.
set -euo pipefail

bank=$1; generate=$2
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
file=$work/transfers.csv
cases=0

# refused LINE [OPTION...]: for the file; LINE is a pattern for all of standard error, FILE stands for
# its path.
refused() {
  local line=${1//FILE/$file} code=0
  shift
  timeout 60 "$bank" "$@" >"$work/out" 2>"$work/err" || code=$?
  [ "$code" = 2 ] || { echo "FAILED: $line: exit code $code"; cat "$work/out" "$work/err"; exit 1; }
  [ ! -s "$work/out" ] || { echo "FAILED: $line: something ran"; cat "$work/out"; exit 1; }
  [ "$(wc -l <"$work/err")" = 1 ] && grep -qx "error: $line" "$work/err" ||
    { echo "FAILED: instead of error: $line"; cat "$work/err"; exit 1; }
  cases=$((cases + 1))
}
# rows TEXT: a file with the header and these rows, as printf writes them.
rows() {
  # shellcheck disable=SC2059
  printf "number,from,to,cents\n$1" >"$file"
}

# ---- files

refused "FILE: cannot be read: No such file or directory" "$file"
refused "$work: is a folder: name a file of transfers" "$work"
: >"$file"
refused "FILE: is empty: the first line must be 'number,from,to,cents'" "$file"
rows ''
refused "FILE: has a header and no transfer below it" "$file"
refused "/dev/zero:1: a line of more than 256 bytes: is this a file of transfers?" /dev/zero
printf 'number,from,to,cents,note\n' >"$file"
refused "FILE:1: unknown column 'note': the first line must be 'number,from,to,cents'" "$file"
head -c 3000000 "$bank" >"$file"
refused "FILE:1: .*" "$file"
if [ "$(id -u)" != 0 ]; then
  rows '1,account-0,account-1,5\n'
  chmod 0 "$file"
  refused "FILE: cannot be read: Permission denied" "$file"
  chmod 600 "$file"
fi

# ---- rows

good='1,account-0,account-1,5\n'
rows "${good}2,account-0\n"
refused "FILE:3: 2 columns instead of 4: write number,from,to,cents" "$file"
rows "${good}x,account-0,account-1,5\n"
refused "FILE:3: transfer number 'x' is not a number: give one from 0 to 18446744073709551615" "$file"
rows "${good}99999999999999999999,account-0,account-1,5\n"
refused "FILE:3: transfer number '9*' is out of range: give one from 0 to 18446744073709551615" "$file"
rows "${good}2,account-0,account-1,99999999999999999999\n"
refused "FILE:3: amount '9*' is out of range: give one from 1 to 1000000000000 cents" "$file"
rows "${good}2,account-0,account-1,-7\n"
refused "FILE:3: amount '-7' is negative: give one from 1 to 1000000000000 cents, and swap .*" "$file"
rows "${good}2,account-0,bob,5\n"
refused "FILE:3: unknown account 'bob': accounts are named account-N, .*" "$file"
rows "${good}2,account-0,account-7,5"
refused "FILE:3: unknown account 'account-7': the last is account-4; raise --accounts .*" \
  "$file" --accounts 5
rows "${good}1,account-2,account-3,5\n"
refused "FILE:3: transfer number 1 appears twice: give each transfer a number of its own" "$file"
rows "${good}2,account-0,account-1,5\\000\n"
refused "FILE:3: amount '5.x00' is not a whole number: .*" "$file"
# The last of many rows: none before it is applied.
"$generate" --transfers 20000 --accounts 100 --out "$file"
echo "0,account-0,account-1,5" >>"$file"
echo "20001,account-0,account-1,0" >>"$file"
refused "FILE:20003: amount '0' is out of range: give one from 1 to 1000000000000 cents" "$file"

# ---- options

rows "$good"
for cores in 0xyz 100000 -1; do
  refused "--cores: Value $cores not in range 0 to 256 (see --help)" "$file" --cores "$cores"
done
refused "--accounts: .*(see --help)" "$file" --accounts 10000001
refused "--concurrency: .*(see --help)" "$file" --concurrency 0
refused "--opening: .*(see --help)" "$file" --opening 99999999999999999999
refused "--opening: 10000000 accounts may start with 922337203685 cents at most: .*" \
  "$file" --opening 1000000000000 --accounts 10000000
refused "--freeze-every: .*(see --help)" "$file" --freeze-every 1.5
for seed in seven -1 18446744073709551616; do
  refused "--simulate: Value $seed not in range .*(see --help)" "$file" --simulate "$seed"
done
refused ".*--bogus.*(see --help)" "$file" --bogus
refused "F.LE is required (see --help)"
refused "--record FILE: io (Not a directory, ENOTDIR): the folder for frames" "$file" --record "$file"
refused "--record /proc: io (.*): a file in the folder for frames" \
  "$file" --record /proc
[ "$(cat "$file")" = "$(printf "number,from,to,cents\n$good")" ] ||
  { echo "FAILED: the input was written to"; exit 1; }

# ---- what looks bad and is not

printf '\xef\xbb\xbfnumber,from,to,cents\r\n1,account-0,account-1,5\r\n2,account-1,account-0,5' >"$file"
"$bank" "$file" --cores 1 --freeze-every 0 >"$work/out" 2>"$work/err" ||
  { echo "FAILED: CR LF and no newline at the end"; cat "$work/err"; exit 1; }
grep -q "^transfers   2 applied, 0 refused, 0 failed" "$work/out"
# A pipe, accounts that nobody names, and no progress.
"$bank" <(cat "$file") --cores 1 --accounts 9 --quiet >"$work/out" 2>"$work/err"
grep -q "^bank        2 transfers, 9 accounts, 1 cores" "$work/out"
[ ! -s "$work/err" ] || { echo "FAILED: --quiet is not"; cat "$work/err"; exit 1; }
"$bank" --help | grep -q -- "--accounts"
echo "bank_input_test: passed, $cases refusals"

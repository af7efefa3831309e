#!/usr/bin/env bash
# The frames of a two-core run, written to files, are decoded by the stock capnp command with the schema
# that actorc emitted; each file's count and a value of the input are compared.
set -euo pipefail

bank=$1; generate=$2; schema=$3; capnp=$4
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

"$generate" --transfers 500 --accounts 40 --cents-max 9000 --seed 3 --out "$work/transfers.csv"
"$bank" "$work/transfers.csv" --cores 2 --opening 50000 --freeze-every 7 --quiet --record "$work/frames"

files=0; frames=0
for file in "$work"/frames/core-*.bank.*; do
  type=${file##*/core-?.bank.}
  decoded=$("$capnp" decode --quiet -I. "$schema" "$type" <"$file" | grep -c '^(')
  listed=$(grep -c "bank.$type\( \|\$\)" "${file%.bank.*}.txt")
  [ "$decoded" = "$listed" ] || { echo "FAILED: $file: $decoded decoded, $listed listed"; exit 1; }
  files=$((files + 1)); frames=$((frames + decoded))
done
[ "$files" -ge 8 ] && [ "$frames" -ge 1000 ] ||
  { echo "FAILED: only $frames frames in $files files"; exit 1; }

# The first transfer's withdrawal, as the input says it.
IFS=, read -r number _ _ cents < <(sed -n 2p "$work/transfers.csv")
for core in 0 1; do
  "$capnp" decode --quiet -I. "$schema" Account.Withdraw <"$work/frames/core-$core.bank.Account.Withdraw"
done >"$work/withdrawals"
grep -q "(transfer = $number, amount = $cents)" "$work/withdrawals" ||
  { echo "FAILED: transfer $number of $cents cents is not among the withdrawals"; exit 1; }
echo "$frames frames of $files kinds decoded"

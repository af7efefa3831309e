#!/bin/bash
# Every example contract of docs/idl.md compiles: see idl_examples_test.py, whose path is $1; $2 is
# actorc, $3 the page.
set -euo pipefail
exec python3 -B "$1" "$2" "$3"

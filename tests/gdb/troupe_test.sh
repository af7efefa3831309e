#!/usr/bin/env bash
# Checks what gdb prints of a live process and of a core dump.
set -euo pipefail

exec python3 -B tests/gdb/troupe_test.py tests/gdb/stuck tools/gdb/troupe.py

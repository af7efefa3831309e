#!/bin/bash
# Rewrites every expected output. Run it from anywhere, then read the difference as a reviewer would.
set -euo pipefail
cd "$(dirname "$0")/../.."
bazel build //codegen:actorc
actorc=bazel-bin/codegen/actorc
find codegen/golden/good -name '*.actor' -print0 |
  xargs -0 "$actorc" gen --emit cpp,capnp,ir_text
for contract in codegen/golden/bad/*.actor; do
  "$actorc" check "$contract" 2> "${contract%.actor}.err" || true
done

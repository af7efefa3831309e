#!/bin/bash
# The schemas that actorc emits are accepted by Cap'n Proto's own compiler, given as $1. Runs in the
# root of the workspace.
set -euo pipefail
capnp=$1
find codegen/golden/good -name "*.capnp" | sort | while read -r schema; do
  "$capnp" compile -I. -o- "$schema" > /dev/null
  echo "accepted: $schema"
done

#!/usr/bin/env bash
# Each block of code in an example's README.md is, word for word, in a source that the build compiles.
# usage: readme_test.sh README SOURCE…
set -euo pipefail

python3 -B - "$@" <<'END'
import re
import sys

readme = open(sys.argv[1], encoding="utf-8").read()
sources = [open(path, encoding="utf-8").read() for path in sys.argv[2:]]
blocks = re.findall(r"^```(?:cpp|actor)\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
failed = not blocks
if failed:
    print("%s: shows no code" % sys.argv[1])
for block in blocks:
    if not any(block in source for source in sources):
        print("%s: no source has this:\n%s" % (sys.argv[1], block))
        failed = True
sys.exit(failed)
END

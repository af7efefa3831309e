#!/bin/bash
# Every C++ example of a page, $1, stands word for word in the test that compiles them, $2.
set -euo pipefail
exec python3 -B - "$@" <<'END'
import re
import sys

name = sys.argv[1].rsplit("/", 1)[-1]
page, test = (open(path, encoding="utf-8").read() for path in sys.argv[1:])
examples = re.findall(r"```cpp\n(.*?)```", page, re.S)
missing = [each for each in examples if each not in test]
for each in missing:
    print("docs/%s: not in its test:\n%s" % (name, each))
if not examples:
    print("docs/%s: has no example" % name)
sys.exit(1 if missing or not examples else 0)
END

#!/usr/bin/env bash
# The worked example in each layer's README.md is, word for word, in the readme_test.cc beside it.
set -euo pipefail

python3 - "$@" <<'END'
import sys

failed = False
for folder in sys.argv[1:]:
    readme = open(folder + "/README.md", encoding="utf-8").read()
    start = readme.find("```cpp\n")
    example = readme[start + 7 : readme.find("```", start + 7)] if start >= 0 else ""
    if len(example) < 100:
        print("%s/README.md: has no worked example" % folder)
        failed = True
    elif example not in open(folder + "/readme_test.cc", encoding="utf-8").read():
        print("%s/README.md: its example is not what readme_test.cc compiles" % folder)
        failed = True
sys.exit(failed)
END

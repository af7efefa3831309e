#!/usr/bin/env -S python3 -B
"""Keeps files small, finished and free of one machine's paths.

usage: tools/lint/text.py
Files of more than 500 lines are named, of more than 600 are findings; so are notes left for later
and absolute paths of a developer's machine, in any text file.
Exit code: 0 fine, 1 findings, 2 wrong usage.
"""

import re

import tree

LINES_WANTED = 500
LINES_MAX = 600
SIZED = (".h", ".cc", ".py", ".bzl", ".bazel", ".sh")

# Expected outputs of the compiler grow with their inputs.
GOLDEN = "codegen/golden/"

# Written so that they do not find themselves.
RULES = [
    (re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b"), "left for later: do it now or open an issue"),
    (re.compile(r"(?<![\w.$}-])/(?:work|root|home/\w+)/"), "a path of one machine"),
]


def is_sized(path):
    script = path.startswith(("tools/", ".ci/")) and "." not in path.rsplit("/", 1)[-1]
    return (path.endswith(SIZED) or script) and not path.startswith(GOLDEN)


def main():
    tree.usage(__doc__)
    tree.enter()
    paths, findings = tree.files(), []
    for path in paths:
        text = tree.read(path)
        if "\0" in text:
            continue
        lines = text.split("\n")
        for number, line in enumerate(lines, start=1):
            findings += [(path, number, what) for rule, what in RULES if rule.search(line)]
        length = text.count("\n")
        if is_sized(path) and length > LINES_MAX:
            findings.append((path, length, "%d lines, at most %d" % (length, LINES_MAX)))
        elif is_sized(path) and length > LINES_WANTED:
            print("%s:%d: note: %d lines, split it soon" % (path, length, length))
    tree.finish("text", findings, len(paths))


main()

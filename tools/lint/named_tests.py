#!/usr/bin/env -S python3 -B
"""Holds what documents say is tested against the tests that there are.

usage: tools/lint/named_tests.py
In docs/semantics.md each `Suite.Test` in backticks must be a TEST, TEST_F or TEST_P of the tree, and
each row of a guarantee must name one or say why there is none.
Exit code: 0 fine, 1 findings, 2 wrong usage.
"""

import re

import tree

DOCUMENT = "docs/semantics.md"
NAMED = re.compile(r"`([A-Z]\w*)\.([A-Z]\w*)`")
DEFINED = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)")


def defined_tests():
    tests = set()
    for path in tree.files():
        if path.endswith("_test.cc"):
            tests.update(DEFINED.findall(tree.read(path)))
    return tests


def guarantees(text):
    """(first line, text) of each bullet, with the lines that go on with it."""
    bullets, number = [], 0
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("- "):
            bullets.append([number, line])
        elif bullets and line.startswith("  "):
            bullets[-1][1] += line
    return bullets


def main():
    tree.usage(__doc__)
    tree.enter()
    paths = tree.files()
    if DOCUMENT not in paths:
        tree.finish("named_tests", [], 0)
    text, tests, findings = tree.read(DOCUMENT), defined_tests(), []
    for number, line in enumerate(text.split("\n"), start=1):
        for suite, test in NAMED.findall(line):
            if (suite, test) not in tests:
                what = "no test is called %s.%s" % (suite, test)
                findings.append((DOCUMENT, number, what))
    for number, bullet in guarantees(text):
        if not NAMED.search(bullet):
            findings.append((DOCUMENT, number, "a guarantee without a test"))
    tree.finish("named_tests", findings, 1)


main()

#!/usr/bin/env -S python3 -B
"""Keeps the include graph pointing down: a folder includes only itself and what lies below it.

usage: tools/lint/layers.py
Exit code: 0 fine, 1 findings, 2 wrong usage.
"""

import re

import tree

_RUNTIME = {"base", "io", "protocols", "transport", "actor"}

# Folder -> the folders it may include besides itself.
MAY_INCLUDE = {
    "base": set(),
    "io": {"base"},
    "protocols": {"base"},
    "transport": {"base", "io", "protocols"},
    "actor": _RUNTIME,
    # actorc builds without the runtime, so that what it writes cannot depend on how it was built.
    "codegen": {"base"},
    "examples": _RUNTIME,
    # Benchmarks measure the examples and whole-system tests drive them; nobody else depends on one.
    "bench": _RUNTIME | {"examples"},
    "tests": _RUNTIME | {"examples"},
}

# What actorc writes includes the runtime: expected output, compiled elsewhere. And a program of a
# workspace of its own, with another root.
ELSEWHERE = ("codegen/golden/", "tests/outside/")

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)


def findings_in(path):
    folder = path.split("/")[0]
    code = tree.cpp_code(tree.read(path), keep_strings=True)
    for include in _INCLUDE.finditer(code):
        line = code.count("\n", 0, include.start(1)) + 1
        target = include.group(1)
        target_folder = target.split("/")[0] if "/" in target else None
        if target_folder not in MAY_INCLUDE:
            yield path, line, 'include "%s" by its path from the root of the tree' % target
        elif target_folder != folder and target_folder not in MAY_INCLUDE[folder]:
            allowed = ", ".join(sorted(MAY_INCLUDE[folder])) or "nothing"
            yield path, line, "%s/ must not include %s (below it: %s)" % (folder, target, allowed)


def main():
    tree.usage(__doc__)
    tree.enter()
    sources = [
        path
        for path in tree.files()
        if path.endswith((".h", ".cc"))
        and path.split("/")[0] in MAY_INCLUDE
        and not path.startswith(ELSEWHERE)
    ]
    tree.finish("layers", [found for path in sources for found in findings_in(path)], len(sources))


main()

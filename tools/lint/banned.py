#!/usr/bin/env -S python3 -B
"""Keeps clocks, chance, threads, signals and system calls in io/, where a simulation can replace
them; fences and silenced sanitizers out of the tree; and every atomic in docs/memory_model.md.

usage: tools/lint/banned.py
Exit code: 0 fine, 1 findings, 2 wrong usage.
"""

import os
import re

import tree

# Where the rules hold. Tests beside the code (*_test.cc) may use threads and the system.
FOLDERS = ("base", "protocols", "transport", "actor")

# Name of the rule, what breaks it, what to do instead.
RULES = [
    (
        "clock",
        r"\b(?:steady_clock|system_clock|high_resolution_clock|clock_gettime|gettimeofday)\b",
        "take the time of the turn from the core's context",
    ),
    (
        "chance",
        r"\bstd::random_device\b|\bgetrandom\b|\bs?rand\s*\(",
        "take random numbers from the core's seeded Random",
    ),
    (
        "thread",
        r"\bstd::j?thread\b|\bstd::(?:recursive_|shared_|timed_)?mutex\b|\bstd::condition_variable"
        r"|\bstd::this_thread\b|\bu?sleep\s*\(",
        "a core owns its objects: send a message, or co_await sleep_for()",
    ),
    (
        "signal",
        r"^[ \t]*#[ \t]*include[ \t]+<(?:c?signal(?:\.h)?)>|\bsigaction\b|\bstd::signal\b",
        "await root.until_stopped(), or look at root.stop_requested()",
    ),
    (
        "system",
        r"^[ \t]*#[ \t]*include[ \t]+<(?:unistd\.h|sys/[^>]*)>",
        "system calls belong in io/",
    ),
]

# What no file has, tests included.
NOWHERE = [
    (
        "fence",
        r"\batomic_(?:thread|signal)_fence\b|\b__sync_synchronize\b|\b[ml]fence\b",
        "an order stands on an operation, which names its partner",
    ),
    (
        "silenced",
        r"\bno_sanitize\w*|\bNO_SANITIZE\w*|\bANNOTATE_\w+|\b__[atu]san_default_suppressions\b",
        "mend what the sanitizer finds",
    ),
]

# Where every atomic of the runtime stands, with its partner and its order.
MEMORY_MODEL = "docs/memory_model.md"
RUNTIME = FOLDERS + ("io",)
ATOMIC = re.compile(r"\bstd::atomic(?:_\w+|<[^;()]*>)\s+(\w+)")

# The one thread_local of the tree; simulation sets it at each step.
THREAD_LOCAL_HOME = "base/core_context.h"

# (file, rule) -> why it is fine there.
ALLOWED = {}


def findings_in(path):
    code = tree.cpp_code(tree.read(path))
    tested = path.split("/")[0] in FOLDERS and not path.endswith("_test.cc")
    for number, line in enumerate(code.split("\n"), start=1):
        if tested:
            for rule, pattern, instead in RULES:
                match = re.search(pattern, line)
                if match and (path, rule) not in ALLOWED:
                    yield path, number, "%s (%s): %s" % (match.group(0).strip(), rule, instead)
        for rule, pattern, instead in NOWHERE:
            match = re.search(pattern, line)
            if match and (path, rule) not in ALLOWED:
                yield path, number, "%s (%s): %s" % (match.group(0), rule, instead)
        if re.search(r"\bthread_local\b", line) and path != THREAD_LOCAL_HOME:
            yield path, number, "thread_local: only %s has one" % THREAD_LOCAL_HOME


def undocumented_atomics(sources):
    named = tree.read(MEMORY_MODEL) if os.path.isfile(MEMORY_MODEL) else ""
    for path in sources:
        is_test = path.endswith("_test.cc") or "testing" in path
        if path.split("/")[0] not in RUNTIME or is_test:
            continue
        for number, line in enumerate(tree.cpp_code(tree.read(path)).split("\n"), start=1):
            for name in ATOMIC.findall(line):
                if not re.search(r"[`:]%s`" % name, named):
                    yield path, number, "atomic %s: %s does not name it" % (name, MEMORY_MODEL)


def main():
    tree.usage(__doc__)
    tree.enter()
    sources = [path for path in tree.files() if path.endswith((".h", ".cc"))]
    findings = [found for path in sources for found in findings_in(path)]
    findings += undocumented_atomics(sources)
    for path, rule in ALLOWED:
        if path not in sources:
            findings.append((path, 1, "the allow-list of '%s' names a file that is gone" % rule))
    tree.finish("banned", findings, len(sources))


main()

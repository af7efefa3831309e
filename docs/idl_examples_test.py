#!/usr/bin/env python3
"""Compiles every example contract of docs/idl.md.

usage: idl_examples_test.py ACTORC IDL_MD
Runs in the root of the workspace, as what the examples import is relative to it.
Exit code: 0 all are fine, 1 one has findings, or there is none.
"""

import os
import re
import subprocess
import sys
import tempfile


def main():
    actorc, page = os.path.abspath(sys.argv[1]), sys.argv[2]
    with open(page, encoding="utf-8") as file:
        text = file.read()
    failed = 0
    examples = list(re.finditer(r"^```actor\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    with tempfile.TemporaryDirectory() as folder:
        for example in examples:
            line = text.count("\n", 0, example.start()) + 1
            path = os.path.join(folder, "line_%d.actor" % line)
            with open(path, "w", encoding="utf-8") as file:
                file.write(example.group(1))
            command = [actorc, "gen", "--import-root", ".", "--out", folder, path]
            result = subprocess.run(command, stderr=subprocess.PIPE)
            print("%s:%d: %s" % (page, line, "fine" if result.returncode == 0 else "wrong"))
            if result.returncode != 0:
                print(result.stderr.decode())
                failed += 1
    print("%d examples, %d wrong" % (len(examples), failed))
    sys.exit(1 if failed or not examples else 0)


main()

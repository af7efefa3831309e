#!/usr/bin/env python3
"""Runs a program that aborts while its actors wait, under gdb, and then again from its core dump;
checks what troupe.py prints of both.

usage: troupe_test.py PROGRAM SCRIPT
"""

import os
import re
import subprocess
import sys
import unittest

FOLDER = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(FOLDER, "stuck.cc")


def marked(name):
    """The line of the mark of that name."""
    with open(SOURCE, encoding="utf-8") as source:
        for number, line in enumerate(source, start=1):
            if line.rstrip().endswith("// mark: " + name):
                return number
    raise KeyError(name)


def gdb(*arguments):
    """What gdb prints, with the commands loaded."""
    command = ["gdb", "--batch", "-nx", "-iex", "set debuginfod enabled off"]
    command += ["-iex", "set auto-load no", "-x", TroupeTest.script]
    done = subprocess.run(
        command + list(arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=240,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace")


def commands(*each):
    return [part for command in each for part in ("-ex", command)]


LOOK = commands("troupe cores", "troupe actors")


class TroupeTest(unittest.TestCase):
    program = None
    script = None

    def stack_of(self, printed, name, again):
        """What `troupe stack` prints of the actor of that name; `again` runs gdb with a command."""
        found = re.search(r"^%s at (0x[0-9a-f]+) " % re.escape(name), printed, re.MULTILINE)
        self.assertIsNotNone(found, printed)
        printed = again("troupe stack " + found.group(1))
        return printed[printed.index("\n" + name + "\n") + 1 :]

    def check(self, printed, again):
        self.assertRegex(printed, r"core 0 at 0x[0-9a-f]+: \d+ turns, \d+ runnables, awake, 2 actors")
        self.assertRegex(printed, r"runs the strand at 0x")
        self.assertRegex(
            printed, r"sample\.Vault 'alice' at .*: 0 messages queued; waits for receive"
        )
        self.assertRegex(
            printed, r"sample\.Counter at .*slot \d+\): 3 messages queued; waits for combination"
        )
        stack = self.stack_of(printed, "sample.Counter", again)
        expected = [
            r"waits for combination",
            r"  at tests/gdb/stuck\.cc:%d in .*stuck\(" % marked("stuck"),
            r"  - waits for scope",
            r"    at tests/gdb/stuck\.cc:%d in .*wait_for_children\(" % marked("join"),
            r"    started at tests/gdb/stuck\.cc:%d in " % marked("start"),
            r"    - waits for sleep",
            r"      at tests/gdb/stuck\.cc:%d in .*wait_long\(" % marked("wait_long"),
            r"  - waits for sleep",
            r"    at tests/gdb/stuck\.cc:%d in .*wait_long\(" % marked("wait_long"),
        ]
        lines = stack.split("\n")[1:]
        for number, pattern in enumerate(expected):
            self.assertRegex(lines[number], "^" + pattern, stack)
        running = re.search(r"runs the strand at (0x[0-9a-f]+)", printed).group(1)
        stack = again("troupe stack " + running)
        self.assertRegex(
            stack, r"(?m)^runs\n  at tests/gdb/stuck\.cc:%d in .*abort_later" % marked("abort")
        )

    def test_live_process_and_core_dump(self):
        dump = os.path.join(os.environ.get("TEST_TMPDIR", "."), "core.stuck")
        run = [self.program] + commands("run")
        printed = gdb(*run, *LOOK, *commands("generate-core-file " + dump))
        self.assertIn("SIGABRT", printed)

        # Addresses are the same in each run under gdb but for those of the heap, which a dump keeps.
        def from_dump(command):
            return gdb(self.program, dump, *commands(command))

        printed_of_dump = from_dump("troupe cores") + from_dump("troupe actors")
        self.check(printed, from_dump)
        self.check(printed_of_dump, from_dump)

    def test_says_so_when_there_is_nothing(self):
        self.assertIn("no thread has a core now", gdb(self.program, *commands("break main", "run", "troupe cores")))


if __name__ == "__main__":
    TroupeTest.program = os.path.abspath(sys.argv.pop(1))
    TroupeTest.script = os.path.abspath(sys.argv.pop(1))
    unittest.main()

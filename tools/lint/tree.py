"""What the lints share: the files of the tree, C++ without comments, and how findings are told."""

import os
import re
import subprocess
import sys

# Of C++ text: raw strings, comments, strings, characters; whichever starts first.
_TOKEN = re.compile(
    r'R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)"'
    r"|//[^\n]*|/\*.*?\*/"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)


def usage(text):
    """Answers --help with `text`, and anything else on the command line with exit code 2."""
    if len(sys.argv) > 1:
        asked = sys.argv[1] in ("--help", "-h")
        print(text.strip(), file=sys.stdout if asked else sys.stderr)
        sys.exit(0 if asked else 2)


def enter():
    """Changes to the root of the tree, or to the one the self-test names."""
    here = os.path.dirname(os.path.abspath(__file__))
    os.chdir(os.environ.get("TROUPE_LINT_ROOT") or os.path.join(here, "..", ".."))


def files():
    """Every file that git tracks or would track once added, sorted; no links, no deleted ones."""
    git = ["git", "-c", "safe.directory=" + os.getcwd(), "ls-files", "-z"]
    listed = subprocess.run(
        git + ["--cached", "--others", "--exclude-standard"], check=True, stdout=subprocess.PIPE
    )
    names = sorted(set(listed.stdout.decode().split("\0")))
    return [name for name in names if os.path.isfile(name) and not os.path.islink(name)]


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def cpp_code(text, keep_strings=False):
    """C++ text without comments, raw strings and (unless kept) strings; line numbers stay."""

    def blank(match):
        token = match.group(0)
        if keep_strings and token[0] == '"':
            return token
        return "\n" * token.count("\n") or " "

    return _TOKEN.sub(blank, text)


def finish(name, findings, looked_at):
    """Prints (file, line, what) findings and ends: exit code 1 if there are any."""
    for path, line, what in findings:
        print("%s:%d: %s [%s]" % (path, line, what, name))
    print("%s: %d findings in %d files" % (name, len(findings), looked_at))
    sys.exit(1 if findings else 0)

"""Compiler options of the project's own targets (external headers are compiled without them)."""

TROUPE_COPTS = [
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wswitch-enum",
    "-Wno-unused-parameter",
]

TROUPE_C_COPTS = TROUPE_COPTS + ["-std=c17"]

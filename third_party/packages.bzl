"""Binds the Debian packages the project stands on as Bazel repositories; downloads nothing."""

def _debian(name):
    native.new_local_repository(
        name = name,
        path = "/usr",
        build_file = "@troupe//third_party:%s.BUILD" % name,
    )

def troupe_packages():
    """Declares every external repository. Each name is a package listed in tools/setup."""

    # Debian's rules_cc 0.0.4 does not load under Debian's Bazel 4.2.3 (use_cpp_toolchain is missing
    # there), so rules_cc is a thin shim over the native rules.
    native.local_repository(name = "rules_cc", path = "third_party/rules_cc")
    native.local_repository(name = "rules_java", path = "/usr/share/bazel/rules/java")
    native.local_repository(name = "rules_proto", path = "/usr/share/bazel/rules/proto")

    # cc_test asks for this repository although coverage is not collected.
    native.local_repository(name = "remote_coverage_tools", path = "third_party/coverage_stub")

    # A workspace of its own, whose contracts a test imports.
    native.local_repository(name = "troupe_import_example", path = "tests/imports/elsewhere")

    for package in [
        "benchmark",
        "boost",
        "capnp",
        "cli11",
        "gtest",
        "mimalloc",
        "rapidcheck",
        "uring",
    ]:
        _debian(package)

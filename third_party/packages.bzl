"""Binds the Debian packages the project stands on as Bazel repositories; downloads nothing."""

def _debian(name):
    native.new_local_repository(
        name = name,
        path = "/usr",
        build_file = "@troupe//third_party:%s.BUILD" % name,
    )

def _part_impl(context):
    here = context.path(Label("@troupe//third_party:packages.bzl")).dirname
    for entry in here.get_child(context.attr.folder).readdir():
        context.symlink(entry, entry.basename)

# A repository that lies in a folder beside this file. local_repository would look for the folder in
# the workspace of whoever uses Troupe.
_part = repository_rule(
    implementation = _part_impl,
    attrs = {"folder": attr.string(mandatory = True)},
    local = True,
)

def troupe_packages():
    """Declares every external repository. Each name is a package listed in tools/setup."""

    # Debian's rules_cc 0.0.4 does not load under Debian's Bazel 4.2.3 (use_cpp_toolchain is missing
    # there), so rules_cc is a thin shim over the native rules.
    _part(name = "rules_cc", folder = "rules_cc")
    native.local_repository(name = "rules_java", path = "/usr/share/bazel/rules/java")
    native.local_repository(name = "rules_proto", path = "/usr/share/bazel/rules/proto")

    # cc_test asks for this repository although coverage is not collected.
    _part(name = "remote_coverage_tools", folder = "coverage_stub")

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

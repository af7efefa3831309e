"""debug_build: a program as `bazel build -c dbg` makes it, whatever the build is."""

def _to_dbg(settings, attr):
    return {
        "//command_line_option:compilation_mode": "dbg",
        "//command_line_option:strip": "never",
    }

_dbg = transition(
    implementation = _to_dbg,
    inputs = [],
    outputs = [
        "//command_line_option:compilation_mode",
        "//command_line_option:strip",
    ],
)

def _debug_build_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        output = program,
        target_file = ctx.attr.program[0][DefaultInfo].files_to_run.executable,
        is_executable = True,
    )
    return [DefaultInfo(
        executable = program,
        files = depset([program]),
        runfiles = ctx.attr.program[0][DefaultInfo].default_runfiles,
    )]

debug_build = rule(
    implementation = _debug_build_impl,
    doc = "Builds `program` with debug information, and all that it is made of.",
    executable = True,
    attrs = {
        "program": attr.label(cfg = _dbg, mandatory = True, executable = True),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)

"""compile_failure_test: a mistake that must not compile, and what the compiler must say of it."""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

# Compiles `$source` twice, as it is and with -DMISTAKE, and writes both verdicts down; it does not
# fail itself, so that the test can say what is wrong.
_SCRIPT = """
compiler=$1 source=$2 record=$3
shift 3
"$compiler" "$@" -c "$source" -o /dev/null >"$record.right" 2>&1 && right=compiles || right=fails
"$compiler" "$@" -DMISTAKE -c "$source" -o /dev/null >"$record.wrong" 2>&1 && wrong=compiles || wrong=fails
{ echo "right: $right"; cat "$record.right"; echo "wrong: $wrong"; cat "$record.wrong"; } >"$record"
"""

def _compile_failure_test_impl(ctx):
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features + ["layering_check", "module_maps"],
    )
    compilation = cc_common.merge_cc_infos(
        cc_infos = [dep[CcInfo] for dep in ctx.attr.deps],
    ).compilation_context
    options = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = "c++-compile",
        variables = cc_common.create_compile_variables(
            cc_toolchain = toolchain,
            feature_configuration = features,
            user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + ctx.attr.copts,
            include_directories = compilation.includes,
            quote_include_directories = compilation.quote_includes,
            system_include_directories = compilation.system_includes,
            preprocessor_defines = compilation.defines,
        ),
    )
    record = ctx.actions.declare_file(ctx.label.name + ".record")
    ctx.actions.run_shell(
        command = _SCRIPT,
        arguments = [
            toolchain.compiler_executable,
            ctx.file.src.path,
            record.path,
        ] + options + ["-fno-color-diagnostics"],
        inputs = depset([ctx.file.src], transitive = [compilation.headers, toolchain.all_files]),
        outputs = [record],
        mnemonic = "CompileMistake",
        progress_message = "Compiling the mistake %s" % ctx.file.src.short_path,
    )
    test = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.expand_template(
        template = ctx.file._check,
        output = test,
        is_executable = True,
        substitutions = {"{source}": ctx.file.src.short_path, "{record}": record.short_path},
    )
    return [DefaultInfo(
        executable = test,
        runfiles = ctx.runfiles(files = [ctx.file.src, record]),
    )]

compile_failure_test = rule(
    implementation = _compile_failure_test_impl,
    doc = """`src` compiles as it is, and with -DMISTAKE it does not: the compiler then says each text
that follows `// error: ` in a line of `src`.""",
    attrs = {
        "src": attr.label(allow_single_file = [".cc"], mandatory = True),
        "deps": attr.label_list(providers = [CcInfo]),
        "copts": attr.string_list(),
        "_check": attr.label(
            default = "//tools:check_compile_failure.sh",
            allow_single_file = True,
        ),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    test = True,
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)

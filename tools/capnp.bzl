"""capnp_library: Cap'n Proto schemas of the project compiled to C++, for use off the hot path."""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _capnp_library_impl(ctx):
    headers, units = [], []
    for source in ctx.files.srcs:
        header = ctx.actions.declare_file(source.basename + ".h", sibling = source)
        unit = ctx.actions.declare_file(source.basename + ".c++", sibling = source)

        # Each generated header includes base/capnp_compat.h first: Cap'n Proto 0.9.2 does not compile
        # as C++20 under clang >= 16 without it.
        ctx.actions.run_shell(
            command = " && ".join([
                "out=$(mktemp -d)",
                "{capnp} compile -I. -o{plugin}:$out {source}",
                "{{ echo '#include \"base/capnp_compat.h\"'; cat $out/{source}.h; }} > {header}",
                "cp $out/{source}.c++ {unit}",
                "rm -rf $out",
            ]).format(
                capnp = ctx.executable._capnp.path,
                plugin = ctx.executable._plugin.path,
                source = source.path,
                header = header.path,
                unit = unit.path,
            ),
            inputs = ctx.files.srcs + ctx.files.imports,
            outputs = [header, unit],
            tools = [ctx.executable._capnp, ctx.executable._plugin],
            mnemonic = "CapnpCompile",
            progress_message = "Compiling schema %s" % source.short_path,
        )
        headers.append(header)
        units.append(unit)

    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features + ["layering_check"],
    )
    deps = [dep[CcInfo] for dep in ctx.attr.deps + ctx.attr._runtime]
    compilation, objects = cc_common.compile(
        name = ctx.label.name,
        actions = ctx.actions,
        feature_configuration = features,
        cc_toolchain = toolchain,
        srcs = units,
        public_hdrs = headers,
        quote_includes = [ctx.bin_dir.path],
        compilation_contexts = [dep.compilation_context for dep in deps],
    )
    linking, _ = cc_common.create_linking_context_from_compilation_outputs(
        name = ctx.label.name,
        actions = ctx.actions,
        feature_configuration = features,
        cc_toolchain = toolchain,
        compilation_outputs = objects,
        linking_contexts = [dep.linking_context for dep in deps],
    )
    return [
        DefaultInfo(files = depset(headers + units)),
        CcInfo(compilation_context = compilation, linking_context = linking),
    ]

capnp_library = rule(
    implementation = _capnp_library_impl,
    doc = "C++ readers and builders for the Cap'n Proto schemas in `srcs`.",
    attrs = {
        "srcs": attr.label_list(allow_files = [".capnp"], mandatory = True),
        "imports": attr.label_list(allow_files = [".capnp"]),
        "deps": attr.label_list(providers = [CcInfo]),
        "_runtime": attr.label_list(default = ["//base:capnp_compat", "@capnp//:capnp"]),
        "_capnp": attr.label(default = "@capnp//:capnp_tool", executable = True, allow_files = True, cfg = "exec"),
        "_plugin": attr.label(default = "@capnp//:capnpc_cpp", executable = True, allow_files = True, cfg = "exec"),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
    provides = [CcInfo],
)

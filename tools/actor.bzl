"""actor_library: .actor files as a dependency like any cc_library. actor_binary: programs with actors."""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")
load("@rules_cc//cc:defs.bzl", "cc_binary")

# What code that switches over Kind compiles with: a forgotten message does not compile.
actor_copts = [
    "-Wall",
    "-Wextra",
    "-Werror=switch",
    "-Werror=switch-enum",
    "-Werror=unused-result",
]

ActorInfo = provider(
    doc = "What an actor_library offers to the actor_library targets that import it.",
    fields = {
        "sources": "depset of .actor files, transitive",
        "roots": "depset of the folders that imports of these files are relative to",
        "schemas": "depset of the emitted .capnp files, transitive",
    },
)

def _joined(folder, below):
    return folder + "/" + below if below else folder

def _root_of(source):
    """The root of the workspace of a file: where it is built, and in another workspace than this."""
    if not source.root.path:
        return source.owner.workspace_root or "."
    return _joined(source.root.path, source.owner.workspace_root)

def _generate(ctx, source, imports, roots):
    header = ctx.actions.declare_file(source.basename + ".h", sibling = source)
    unit = ctx.actions.declare_file(source.basename + ".cc", sibling = source)
    schema = ctx.actions.declare_file(source.basename + ".capnp", sibling = source)
    args = ctx.actions.args()
    args.add("gen")
    args.add("--header", header)
    args.add("--source", unit)
    args.add("--schema", schema)

    # The workspace of the file first: what it imports has the same path in another one at most.
    args.add_all(depset([_root_of(source)], transitive = [roots], order = "preorder"), before_each = "--import-root")
    args.add(source)

    # One action a file: a change of one .actor file compiles that file again and nothing else.
    ctx.actions.run(
        executable = ctx.executable._actorc,
        arguments = [args],
        inputs = depset(direct = [source], transitive = [imports]),
        outputs = [header, unit, schema],
        mnemonic = "ActorCompile",
        progress_message = "Compiling actors %s" % source.short_path,
    )
    return header, unit, schema

def _actor_library_impl(ctx):
    imports = depset(transitive = [dep[ActorInfo].sources for dep in ctx.attr.deps])
    roots = depset(transitive = [dep[ActorInfo].roots for dep in ctx.attr.deps])
    headers, units, schemas = [], [], []
    for source in ctx.files.srcs:
        header, unit, schema = _generate(ctx, source, imports, roots)
        headers.append(header)
        units.append(unit)
        schemas.append(schema)

    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    deps = [dep[CcInfo] for dep in ctx.attr.deps + ctx.attr._runtime]
    compilation, objects = cc_common.compile(
        name = ctx.label.name,
        actions = ctx.actions,
        feature_configuration = features,
        cc_toolchain = toolchain,
        srcs = units,
        public_hdrs = headers,
        # Headers are included by the paths of their contracts, relative to their workspace.
        quote_includes = depset([
            _joined(ctx.bin_dir.path, ctx.label.workspace_root),
            ctx.bin_dir.path,
        ]).to_list(),
        compilation_contexts = [dep.compilation_context for dep in deps],
    )
    linking, _ = cc_common.create_linking_context_from_compilation_outputs(
        name = ctx.label.name,
        actions = ctx.actions,
        feature_configuration = features,
        cc_toolchain = toolchain,
        compilation_outputs = objects,
        linking_contexts = [dep.linking_context for dep in deps],
        alwayslink = True,
    )
    return [
        DefaultInfo(files = depset(headers + units + schemas)),
        OutputGroupInfo(schemas = depset(schemas)),
        ActorInfo(
            sources = depset(direct = ctx.files.srcs, transitive = [imports]),
            roots = depset([_root_of(source) for source in ctx.files.srcs], transitive = [roots]),
            schemas = depset(schemas, transitive = [dep[ActorInfo].schemas for dep in ctx.attr.deps]),
        ),
        CcInfo(compilation_context = compilation, linking_context = linking),
    ]

actor_library = rule(
    implementation = _actor_library_impl,
    doc = "Typed references, messages and serializers for the actors declared in `srcs`. What a file " +
          "imports is in a library among `deps`, not among its neighbours in `srcs`.",
    attrs = {
        "srcs": attr.label_list(allow_files = [".actor"], mandatory = True),
        "deps": attr.label_list(providers = [ActorInfo, CcInfo]),
        "_actorc": attr.label(
            default = "//codegen:actorc",
            executable = True,
            cfg = "exec",
        ),
        "_runtime": attr.label_list(default = ["//actor"]),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
    provides = [ActorInfo, CcInfo],
)

# From a macro, labels count from the workspace of the caller: these name ours.
_SANITIZED = str(Label("//:sanitized"))
_RUNTIME = str(Label("//actor"))

def actor_binary(name, copts = [], deps = [], **kwargs):
    """A cc_binary whose switches over Kind must be exhaustive, with mimalloc as its allocator.

    Args:
      name: of the target.
      copts: further compiler options.
      deps: further dependencies; //actor is always one.
      **kwargs: everything else that cc_binary takes.
    """
    cc_binary(
        name = name,
        copts = actor_copts + copts,
        malloc = select({
            _SANITIZED: "@bazel_tools//tools/cpp:malloc",
            "//conditions:default": "@mimalloc",
        }),
        deps = deps + [_RUNTIME],
        **kwargs
    )

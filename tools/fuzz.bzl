"""fuzz_test: one target for libFuzzer, which in every ordinary test run replays its corpus."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")
load("//tools:copts.bzl", "TROUPE_COPTS")

def fuzz_test(name, deps = [], mutator = [], tags = [], **kwargs):
    """Declares `name`, a test of the committed corpus, and `name`_libfuzzer, which looks for more.

    The code is `name`.cc and defines LLVMFuzzerTestOneInput. The corpus lies beside it, in
    corpus/`name`. For tools/soak, add a line there; its binary builds with --config=fuzz only.

    Args:
      name: of the test, of its source, of its corpus.
      deps: of the code.
      mutator: a library with LLVMFuzzerCustomMutator, for libFuzzer alone.
      tags: of the test.
      **kwargs: everything else that both cc_test and cc_binary take.
    """
    corpus = native.glob(["corpus/%s/*" % name])
    cc_test(
        name = name,
        size = "small",
        srcs = [name + ".cc"],
        args = ["%s/corpus/%s" % (native.package_name(), name)],
        copts = TROUPE_COPTS,
        data = corpus,
        tags = tags,
        deps = deps + ["//tools:fuzz_replay"],
        **kwargs
    )
    cc_binary(
        name = name + "_libfuzzer",
        testonly = True,
        srcs = [name + ".cc"],
        copts = TROUPE_COPTS,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = deps + mutator,
        **kwargs
    )

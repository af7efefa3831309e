// What one core does: tells, asks, lives and hops, beside the floor. Every row's time is per
// operation.
//   bazel run --config=opt //bench:core -- --benchmark_enable_random_interleaving=true
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/actors.h"
#include "bench/floor.h"
#include "bench/workloads.h"

namespace bench {
namespace {

using namespace troupe;

/// Reports one measurement as the iteration's time; the framework repeats and interleaves.
void report(benchmark::State& state, double nanoseconds_each) {
  for (auto _ : state) state.SetIterationTime(nanoseconds_each / 1e9);
}

/// Runs `main(root, operations, &nanoseconds)` on a system of so many cores.
template <class Main>
void run_on_cores(benchmark::State& state, unsigned cores, std::uint64_t operations, Main main) {
  SystemOptions options;
  options.cores = cores;
  System system(options);
  system.serve<Counter>(counter);
  double nanoseconds = 0;
  const Status status = system.run(main, operations, &nanoseconds);
  const Ledger ledger = system.ledger();
  if (!status || ledger.sent != ledger.handled + ledger.dropped_total()) {
    std::fprintf(stderr, "error: %s\n",
                 status ? "the ledger does not balance" : status.error().describe().c_str());
    std::exit(1);
  }
  report(state, nanoseconds / static_cast<double>(operations));
}

constexpr std::uint64_t kMany = 5'000'000;
constexpr std::uint64_t kSome = 1'000'000;
constexpr std::uint64_t kFew = 200'000;

template <class Main>
void add_row(const char* name, std::uint64_t operations, Main main, unsigned cores = 2) {
  benchmark::RegisterBenchmark(
      name, [=](benchmark::State& state) { run_on_cores(state, cores, operations, main); })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kNanosecond);
}
void add_floor(const char* name, std::uint64_t operations, double (*measure)(std::uint64_t)) {
  benchmark::RegisterBenchmark(name,
                               [=](benchmark::State& state) { report(state, measure(operations)); })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kNanosecond);
}

void add_rows() {
  add_floor("floor_tell_same_core", kMany, floor_tell_same_core);
  add_row("tell_same_core", kMany, tell_same);
  add_floor("coroutine_create_await_destroy", kMany, coroutine_create_await_destroy);
  add_row("ask_same_core", kSome, ask_same);
  add_floor("floor_ping_pong_same_core", kSome, floor_ping_pong_same_core);
  add_row("ping_pong_same_core", kSome, ping_pong);
  add_row("ring_hop", kSome, ring_of_100);
  add_row("fan_out_100", kMany, fan_out);
  add_row("topic_publish_100", kMany, topic_publish);
  add_row("spawn_tell_stop", kSome, lives);
  // On one core, so that every name lives there.
  add_row("lookup_by_name", kSome, lookups, 1);
  add_row("registry_lookup", kMany, registry_lookups, 1);
  add_row("registry_lookup_50k", kMany, registry_lookups_50k, 1);
  add_row("registry_add_remove", kFew, registry_changes);
  add_floor("floor_tell_cross_core", kMany, floor_tell_cross_core);
  add_row("tell_cross_core", kMany, tell_cross);
  add_floor("cache_line_round_trip", kFew, cache_line_round_trip);
  add_row("ask_cross_core", kFew, ask_cross);
}

/// Rows under their plain names: how often and by which clock is the same for all.
template <class Reporter>
class PlainNames final : public Reporter {
 public:
  using Reporter::Reporter;
  using Run = benchmark::BenchmarkReporter::Run;
  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<Run> named = runs;
    for (Run& run : named) {
      run.run_name.iterations.clear();
      run.run_name.time_type.clear();
      run.run_name.repetitions.clear();
    }
    Reporter::ReportRuns(named);
  }
};

bool is_given(int argc, char** argv, std::string_view option) {
  return std::any_of(argv + 1, argv + argc,
                     [&](std::string_view argument) { return argument.starts_with(option); });
}

/// Runs the rows and reports as the command line says: a table or JSON, and JSON to a file.
void run_rows(bool json, bool to_file) {
  PlainNames<benchmark::JSONReporter> file;
  benchmark::BenchmarkReporter* beside = to_file ? &file : nullptr;
  if (json) {
    PlainNames<benchmark::JSONReporter> display;
    benchmark::RunSpecifiedBenchmarks(&display, beside);
  } else {
    using Console = benchmark::ConsoleReporter;
    PlainNames<Console> display(isatty(1) != 0 ? Console::OO_ColorTabular : Console::OO_Tabular);
    benchmark::RunSpecifiedBenchmarks(&display, beside);
  }
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const bool json = bench::is_given(argc, argv, "--benchmark_format=json");
  const bool to_file = bench::is_given(argc, argv, "--benchmark_out=");
  bench::add_rows();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  bench::run_rows(json, to_file);
  return 0;
}

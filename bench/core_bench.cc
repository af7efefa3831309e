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

namespace bench {
namespace {

using namespace troupe;
using namespace std::chrono_literals;

using Clock = std::chrono::steady_clock;

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

double since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

Task<Ref<Sink>> spawn_sink() { co_return Root().spawn<Sink>(sink, std::uint64_t{1000}); }

// The floor's workload: 4000 ahead, 1000 more at each acknowledgement.
Task<Status> windowed_tells(Root root, unsigned core, std::uint64_t messages, double* nanoseconds) {
  auto to = co_await root.on_core(core, spawn_sink);
  auto from = root.spawn<Source>(source);
  const auto start = Clock::now();
  auto done = co_await from.ask(within(1h)).run(to, messages, 4000, 1000);
  *nanoseconds = since(start);
  if (!done) co_return done.error();
  co_return ok();
}
Task<Status> tell_same(Root root, std::uint64_t messages, double* nanoseconds) {
  return windowed_tells(root, 0, messages, nanoseconds);
}
Task<Status> tell_cross(Root root, std::uint64_t messages, double* nanoseconds) {
  return windowed_tells(root, 1, messages, nanoseconds);
}

Task<Status> asks(Root root, unsigned core, std::uint64_t times, double* nanoseconds) {
  auto to = co_await root.on_core(core, spawn_sink);
  const auto start = Clock::now();
  for (std::uint64_t i = 0; i < times; ++i) {
    auto total = co_await to.ask(within(5s)).total();
    if (!total) co_return total.error();
  }
  *nanoseconds = since(start);
  co_return ok();
}
Task<Status> ask_same(Root root, std::uint64_t times, double* nanoseconds) {
  return asks(root, 0, times, nanoseconds);
}
Task<Status> ask_cross(Root root, std::uint64_t times, double* nanoseconds) {
  return asks(root, 1, times, nanoseconds);
}

Task<Status> ring(Root root, std::uint64_t size, std::uint64_t hops, double* nanoseconds) {
  std::vector<Ref<Node>> nodes;
  for (std::uint64_t i = 0; i < size; ++i) nodes.push_back(root.spawn<Node>(node));
  for (std::uint64_t i = 0; i < size; ++i) nodes[i].tell().link(nodes[(i + 1) % size]);
  const auto start = Clock::now();
  auto done = co_await nodes[0].ask(within(1h)).run(hops);
  *nanoseconds = since(start);
  if (!done) co_return done.error();
  co_return ok();
}
Task<Status> ring_of_100(Root root, std::uint64_t hops, double* nanoseconds) {
  return ring(root, 100, hops, nanoseconds);
}
Task<Status> ping_pong(Root root, std::uint64_t round_trips, double* nanoseconds) {
  return ring(root, 2, round_trips * 2, nanoseconds);
}

Task<Status> lives(Root root, std::uint64_t actors, double* nanoseconds) {
  constexpr std::uint64_t kBatch = 1000;
  const auto start = Clock::now();
  for (std::uint64_t made = 0; made < actors; made += kBatch) {
    for (std::uint64_t i = 0; i < kBatch; ++i) root.spawn<Sink>(one_message).tell().add(1);
    while (Core::current().cells.live() != 0) {
      auto yielded = co_await yield();
      if (!yielded) co_return yielded;
    }
  }
  *nanoseconds = since(start);
  co_return ok();
}

Task<Status> fan_out(Root root, std::uint64_t deliveries, double* nanoseconds) {
  constexpr std::uint64_t kSubscribers = 100;
  std::vector<Ref<Sink>> subscribers;
  for (std::uint64_t i = 0; i < kSubscribers; ++i) {
    subscribers.push_back(root.spawn<Sink>(sink, ~std::uint64_t{0}));
  }
  const auto start = Clock::now();
  for (std::uint64_t sent = 0; sent < deliveries; sent += kSubscribers) {
    for (const Ref<Sink>& subscriber : subscribers) subscriber.tell().add(1);
    auto yielded = co_await yield();
    if (!yielded) co_return yielded;
  }
  auto last = co_await subscribers.back().ask(within(1h)).total();
  *nanoseconds = since(start);
  if (!last) co_return last.error();
  co_return ok();
}

/// From a name of 16 bytes to the living actor, in random order among 100,000 of them.
Task<Status> lookups(Root, std::uint64_t times, double* nanoseconds) {
  constexpr std::uint64_t kNames = 100'000;
  struct Name {
    char text[17];
    std::string_view view() const { return {text, 16}; }
  };
  std::vector<Name> names(kNames);
  for (std::uint64_t i = 0; i < kNames; ++i) {
    std::snprintf(names[i].text, sizeof names[i].text, "actor-%010llu",
                  static_cast<unsigned long long>(i));
    Ref<Counter>(names[i].view()).tell().add(1);
    if (i % 1000 != 999) continue;
    auto yielded = co_await yield();
    if (!yielded) co_return yielded;
  }
  auto last = co_await Ref<Counter>(names.back().view()).ask(within(1h)).total();
  if (!last) co_return last.error();
  Core& core = Core::current();
  for (std::uint64_t i = kNames - 1; i > 0; --i) {
    std::swap(names[i], names[core.random.below(i + 1)]);
  }
  std::uint64_t found = 0;
  const auto start = Clock::now();
  for (std::uint64_t i = 0; i < times; ++i) {
    found += core.keyed.find(Counter::kId, names[i % kNames].view()) != nullptr ? 1 : 0;
  }
  *nanoseconds = since(start);
  if (found != times) co_return Error(Code::kFailed, times - found, "names were not found");
  co_return ok();
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
  add_row("spawn_tell_stop", kSome, lives);
  // On one core, so that every name lives there.
  add_row("lookup_by_name", kSome, lookups, 1);
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

// A tree of actors: how long it takes to build, what each costs, and how long it takes to stop.
//   bazel run --config=opt //bench:tree
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <vector>

#include <CLI/CLI.hpp>

#include "actor/actor.h"
#include "bench/bench.actor.h"

namespace {

using namespace troupe;
using namespace std::chrono_literals;

struct Shape {
  std::uint32_t fan_out = 100;
  std::uint32_t levels = 3;
  bool supervised = false;
  bool watched = false;
};

/// What one core measured.
struct Measured {
  std::uint64_t actors = 0;
  double build_seconds = 0;
  double bytes_each = 0;
  double stop_seconds = 0;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Of this process, by the kernel's own count of pages.
std::uint64_t resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  unsigned long long total = 0;
  unsigned long long resident = 0;
  const int fields = file != nullptr ? std::fscanf(file, "%llu %llu", &total, &resident) : 0;
  if (file != nullptr) std::fclose(file);
  if (fields != 2) {
    std::fprintf(stderr, "error: /proc/self/statm cannot be read; it says how much is resident\n");
    std::exit(1);
  }
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

Behavior branch(bench::Branch::Self self, bool supervised, bool watches) {
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case bench::Branch::Kind::kStop:
        co_return;
      case bench::Branch::Kind::kUnknown:
      case bench::Branch::Kind::kDown:
        break;
      case bench::Branch::Kind::kGrow: {
        auto grow = msg.grow();
        std::uint64_t below = grow.fan_out();
        for (std::uint32_t i = 0; i < grow.fan_out(); ++i) {
          const auto child = supervised ? self.spawn<bench::Branch>({.supervision = Supervision{}},
                                                                    branch, true, watches)
                                        : self.spawn<bench::Branch>(branch, false, watches);
          if (watches) self.watch(child);
          if (grow.levels() == 1) continue;
          auto grown = co_await child.ask(within(1h)).grow(grow.fan_out(), grow.levels() - 1);
          if (grown) below += grown->below();
        }
        grow.reply(below);
        break;
      }
    }
  }
}

Task<Result<Measured>> measure(Shape shape) {
  const std::uint64_t before = resident_bytes();
  const auto start = std::chrono::steady_clock::now();
  auto root = Root().spawn<bench::Branch>(branch, shape.supervised, shape.watched);
  auto grown = co_await root.ask(within(1h)).grow(shape.fan_out, shape.levels);
  if (!grown) co_return grown.error();
  auto settled = co_await yield();  // the last leaves have come to their receive()
  if (!settled) co_return settled.error();
  Measured measured;
  measured.actors = grown->below() + 1;
  measured.build_seconds = seconds_since(start);
  measured.bytes_each =
      static_cast<double>(resident_bytes() - before) / static_cast<double>(measured.actors);
  const auto stop = std::chrono::steady_clock::now();
  auto end = co_await graceful_stop(root, within(1h));
  if (!end) co_return end.error();
  measured.stop_seconds = seconds_since(stop);
  co_return measured;
}

Task<Status> all_cores(Root root, Shape shape, std::vector<Measured>* measured) {
  // One core after the other: the process's memory is looked at.
  for (unsigned core = 0; core < root.cores(); ++core) {
    auto one = co_await root.on_core(core, measure, shape);
    if (!one) co_return one.error();
    measured->push_back(*one);
  }
  co_return ok();
}

}  // namespace

int main(int argc, char** argv) {
  Shape shape;
  unsigned cores = 1;
  CLI::App app("Builds a tree of actors on each core, and stops it from its root.");
  app.add_option("--fan-out", shape.fan_out, "Children of each actor that is no leaf")
      ->check(CLI::Range(1u, 65'536u))
      ->capture_default_str();
  app.add_option("--levels", shape.levels, "Below the root")
      ->check(CLI::Range(1u, 1'000u))
      ->capture_default_str();
  app.add_option("--cores", cores, "Each has a tree")->check(CLI::Range(1u, 64u));
  app.add_flag("--supervised", shape.supervised, "Each can restart");
  app.add_flag("--watched", shape.watched, "Each is watched by its parent");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  SystemOptions options;
  options.cores = cores;
  options.stop_within = 10min;
  System system(options);
  std::vector<Measured> measured;
  const Status status = system.run(all_cores, shape, &measured);
  if (!status) return system.exit_code(status);
  for (std::size_t core = 0; core < measured.size(); ++core) {
    const Measured& one = measured[core];
    std::printf("core %zu: %llu actors built in %.2f s, %.0f bytes each, stopped in %.2f s\n", core,
                static_cast<unsigned long long>(one.actors), one.build_seconds, one.bytes_each,
                one.stop_seconds);
  }
  return 0;
}

// timers: the longest turn of a core on which very many timers are due at one moment.
//   bazel run --config=opt //bench:timers
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "actor/actor.h"
#include "io/uring/uring_backend.h"

namespace {

using namespace troupe;
using namespace std::chrono_literals;

/// What one crowd came to.
struct Figures {
  Duration longest_turn{};
  Duration longest_cpu{};  // The same without the time that others had the CPU.
  Duration all{};
  std::uint64_t turns = 0;
};

Time read_clock(clockid_t clock = CLOCK_MONOTONIC) {
  timespec time{};
  clock_gettime(clock, &time);
  return Time(std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec));
}

/// Arms them for one moment, waits until that has come, and takes turns until all have fired.
class Core {
 public:
  Core() : backend_(io::UringBackend::create().value()), core_(0, *backend_, 1) {}

  template <class Crowd>
  Figures measure(std::size_t count) {
    const CoreContext::Bind bind(core_);
    core_.turn();
    Crowd crowd(count);
    // Far enough away that none is due before the last is armed.
    const Time at = read_clock() + 3s;
    crowd.arm(at);
    while (read_clock() < at) {
    }
    Figures figures;
    const Time begin = read_clock();
    Time before = begin;
    while (crowd.left() != 0) {
      const Time cpu_before = read_clock(CLOCK_THREAD_CPUTIME_ID);
      core_.turn();
      const Duration cpu = read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu_before;
      figures.longest_cpu = std::max(figures.longest_cpu, cpu);
      const Time after = read_clock();
      figures.longest_turn = std::max(figures.longest_turn, after - before);
      before = after;
      ++figures.turns;
    }
    figures.all = before - begin;
    return figures;
  }

 private:
  std::unique_ptr<io::UringBackend> backend_;
  io::Reactor core_;
};

/// Timers alone.
class TimerCrowd {
 public:
  explicit TimerCrowd(std::size_t count) : timers_(count), left_(count) {}
  void arm(Time at) {
    for (Counting& timer : timers_) {
      timer.left = &left_;
      io::Reactor::current().timers().arm(timer, at);
    }
  }
  std::size_t left() const { return left_; }

 private:
  struct Counting final : io::Timer {
    void fire() override { --*left; }
    std::size_t* left = nullptr;
  };
  std::vector<Counting> timers_;
  std::size_t left_;
};

detail::Branch sleep_once(Time at, std::size_t* left) {
  const Status slept = co_await sleep_until(at);
  if (slept) --*left;
}

/// Coroutines that sleep: each goes through the run queue and ends.
class Sleepers {
 public:
  explicit Sleepers(std::size_t count) : strands_(count), left_(count) {}
  void arm(Time at) {
    for (Strand& strand : strands_) {
      CallContext context;
      context.strand = &strand;
      sleep_once(at, &left_).start(context);
    }
  }
  std::size_t left() const { return left_; }

 private:
  std::vector<Strand> strands_;
  std::size_t left_;
};

double milliseconds(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

template <class Crowd>
void report(const char* what, std::size_t count, unsigned rounds) {
  std::vector<Figures> all;
  for (unsigned i = 0; i < rounds; ++i) all.push_back(Core().measure<Crowd>(count));
  std::ranges::sort(all, {}, &Figures::longest_turn);
  const Figures& median = all[all.size() / 2];
  std::printf(
      "%-10s %9zu at once: longest turn %7.3f ms (worst of %u rounds %7.3f), of its CPU %7.3f, "
      "%6llu turns, %8.1f ms in all\n",
      what, count, milliseconds(median.longest_turn), rounds, milliseconds(all.back().longest_turn),
      milliseconds(median.longest_cpu), static_cast<unsigned long long>(median.turns),
      milliseconds(median.all));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The longest turn of a core on which very many timers are due at one moment.");
  std::size_t count = 1'000'000;
  unsigned rounds = 5;
  app.add_option("--timers", count, "Timers due at one moment")->check(CLI::Range(1, 50'000'000));
  app.add_option("--rounds", rounds, "Repetitions; the median is shown")->check(CLI::Range(1, 100));
  CLI11_PARSE(app, argc, argv);
  report<TimerCrowd>("timers", count, rounds);
  report<Sleepers>("sleepers", count, rounds);
  return 0;
}

// SimControl: what a test changes of a simulation while it runs: how far its clock may go, how slow
// a core is.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/run_queue.h"
#include "base/time.h"

namespace troupe::io {

/// Give it to SimOptions::control; must outlive the run. Thread: the simulation's.
class SimControl {
 public:
  /// The clock stops at `limit`: steps take no time there, and what is due later does not come.
  /// Time::max(), the default: it runs freely.
  void hold(Time limit) { limit_ = limit; }
  Time limit() const { return limit_; }
  bool held() const { return limit_ != Time::max(); }

  /// Puts `work` in the run queue of `core` once nothing can happen on any core before the clock
  /// goes beyond its limit or, where it runs freely, kIdle further. Once; `work` must live until
  /// then.
  void when_idle(unsigned core, Runnable& work) { waiting_.emplace_back(core, &work); }
  /// `work` is to be put nowhere any more. False if it was already.
  bool forget(const Runnable& work) {
    return std::erase_if(waiting_, [&](const auto& each) { return each.second == &work; }) != 0;
  }
  static constexpr Duration kIdle = std::chrono::milliseconds(1);

  /// After each step of `core` it takes none for so long; 0 ends that.
  void slow_down(unsigned core, Duration pause) {
    if (pauses_.size() <= core) pauses_.resize(core + 1);
    pauses_[core] = pause;
  }

  // ---- for SimEngine ----

  Duration pause(unsigned core) const {
    return core < pauses_.size() ? pauses_[core] : Duration(0);
  }
  bool awaited() const { return !waiting_.empty(); }
  std::vector<std::pair<unsigned, Runnable*>> take_waiting() { return std::exchange(waiting_, {}); }

 private:
  Time limit_ = Time::max();
  std::vector<std::pair<unsigned, Runnable*>> waiting_;
  std::vector<Duration> pauses_;
};

}  // namespace troupe::io

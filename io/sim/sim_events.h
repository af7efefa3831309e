// SimEvents: what is to happen in a simulation, by virtual time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "base/time.h"

namespace troupe::io {

/// Equal times happen in the order in which they were added. Thread: the one of the simulation.
class SimEvents {
 public:
  void add(Time at, std::function<void()> event) {
    events_.emplace(Key(at, ++added_), std::move(event));
  }
  /// When the next one is due; Time::max() if there is none.
  Time next() const { return events_.empty() ? Time::max() : events_.begin()->first.first; }
  /// Lets happen what is due at `now`, and what that adds for then.
  void run_due(Time now) {
    while (next() <= now) {
      const auto due = events_.extract(events_.begin());
      due.mapped()();
    }
  }

 private:
  using Key = std::pair<Time, std::uint64_t>;
  std::map<Key, std::function<void()>> events_;
  std::uint64_t added_ = 0;
};

}  // namespace troupe::io

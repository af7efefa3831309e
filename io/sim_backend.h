// SimBackend: a simulated core's clock and wake-ups; chance decides when the latter arrive.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "base/random.h"
#include "base/time.h"
#include "io/backend.h"

namespace troupe::io {

/// One per simulated core. Thread: the one of the simulation. Never waits: the engine decides who
/// runs.
class SimBackend final : public Backend {
 public:
  /// A publication is put off at most so many turns in a row.
  static constexpr unsigned kDelaysInRowMax = 8;

  /// `clock` is the simulation's, and outlives this. `publish_delay_one_in` 0 means never.
  SimBackend(const Time& clock, std::uint64_t seed, unsigned publish_delay_one_in,
             Duration wake_delay_max)
      : clock_(clock),
        random_(seed),
        publish_delay_one_in_(publish_delay_one_in),
        wake_delay_max_(wake_delay_max) {}

  const char* name() const override { return "simulation"; }
  Time now() override { return clock_; }
  void poll() override {}
  void sleep(Time) override {
    TROUPE_CHECK(false, "a simulated core must not run(): the engine takes its turns");
  }
  /// Arrives after a random delay; the earliest of several counts.
  void wake() override {
    const auto bound = static_cast<std::uint64_t>(wake_delay_max_.count()) + 1;
    const auto delay = Duration(static_cast<std::int64_t>(random_.below(bound)));
    wake_at_ = std::min(wake_at_, saturating_add(clock_, delay));
  }
  bool publishes_now() override {
    const bool delayed = publish_delay_one_in_ != 0 && delays_in_row_ < kDelaysInRowMax &&
                         random_.one_in(publish_delay_one_in_);
    delays_in_row_ = delayed ? delays_in_row_ + 1 : 0;
    return !delayed;
  }

  /// When the next wake-up arrives; Time::max() if none is under way.
  Time wake_at() const { return wake_at_; }
  /// The wake-up has ended a sleep.
  void take_wake() { wake_at_ = Time::max(); }

 private:
  const Time& clock_;
  Random random_;
  const unsigned publish_delay_one_in_;
  const Duration wake_delay_max_;
  Time wake_at_ = Time::max();
  unsigned delays_in_row_ = 0;
};

}  // namespace troupe::io

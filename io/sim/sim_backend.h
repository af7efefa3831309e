// SimBackend: a simulated core's clock, wake-ups and files; chance decides when things happen.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/check.h"
#include "base/random.h"
#include "base/time.h"
#include "io/backend.h"
#include "io/sim/sim_disk.h"
#include "io/sim/sim_files.h"

namespace troupe::io {

/// One per simulated core. Thread: the one of the simulation. Never waits: the engine decides who
/// runs.
class SimBackend final : public Backend {
 public:
  /// A publication is put off at most so many turns in a row.
  static constexpr unsigned kDelaysInRowMax = 8;

  /// `clock` and `disk` are the simulation's, and outlive this. `publish_delay_one_in` 0 means
  /// never. Without a disk there are no files.
  SimBackend(const Time& clock, std::uint64_t seed, unsigned publish_delay_one_in,
             Duration wake_delay_max, SimDisk* disk = nullptr)
      : clock_(clock),
        random_(seed),
        publish_delay_one_in_(publish_delay_one_in),
        wake_delay_max_(wake_delay_max) {
    if (disk != nullptr) files_.emplace(*this, clock, *disk);
  }

  Time now() override { return clock_; }
  void poll() override {
    if (files_) files_->reap();
  }
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

  bool supports(RequestKind kind) const override {
    return files_.has_value() && (kind >= RequestKind::kOpen || kind == RequestKind::kSync ||
                                  kind == RequestKind::kRead || kind == RequestKind::kWrite);
  }
  void submit(Request& request) override {
    enter(request);
    if (files_ && of_file(request.arguments)) {
      files_->submit(request);
    } else {
      finish(request, Request::kUnsupported);
    }
  }
  void cancel(Request& request) override { files_->cancel(request); }
  void reclaim(Request& request) override { files_->reclaim(request); }
  void reclaim_all() override {
    if (files_) files_->reclaim_all();
  }
  unsigned detach(int descriptor) override { return files_ ? files_->detach(descriptor) : 0; }
  void close(int descriptor) override {
    if (files_) files_->close(descriptor);
  }

  /// When the next request will be finished; Time::max() if none is under way.
  Time next_completion() const { return files_ ? files_->next_due() : Time::max(); }

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
  std::optional<SimFiles> files_;
};

}  // namespace troupe::io

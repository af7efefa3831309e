// SimBackend: a simulated core's clock, wake-ups and kernel operations; chance decides when they
// arrive.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/random.h"
#include "base/time.h"
#include "io/backend.h"
#include "io/receive_buffers.h"
#include "io/sim/sim_disk.h"
#include "io/sim/sim_files.h"
#include "io/sim/sim_network.h"

namespace troupe::io {

/// One per simulated core. Thread: the one of the simulation. Never waits: the engine decides who
/// runs.
class SimBackend final : public Backend, public SimCompletions {
 public:
  /// A publication is put off at most so many turns in a row.
  static constexpr unsigned kDelaysInRowMax = 8;

  /// `clock` is the simulation's, and so are `network` and `disk`, which may be null: then there
  /// are no sockets, or no files. They outlive this. `publish_delay_one_in` 0 means never.
  SimBackend(const Time& clock, std::uint64_t seed, unsigned publish_delay_one_in,
             Duration wake_delay_max, SimNetwork* network = nullptr, SimDisk* disk = nullptr)
      : clock_(clock),
        random_(seed),
        publish_delay_one_in_(publish_delay_one_in),
        wake_delay_max_(wake_delay_max),
        network_(network) {
    if (disk != nullptr) files_.emplace(*this, clock, *disk);
  }
  ~SimBackend() override;

  const char* name() const override { return "simulation"; }
  Time now() override { return clock_; }
  void poll() override;
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
  bool on_machine() const override { return false; }
  const HostTable* host_table() const override { return hosts_; }
  /// What host_table() gives; outlives this.
  void set_hosts(const HostTable& hosts) { hosts_ = &hosts; }

  bool supports(RequestKind kind) const override;
  void submit(Request& request) override;
  void cancel(Request& request) override;
  void reclaim(Request& request) override;
  void reclaim_all() override;
  unsigned detach(int descriptor) override;
  void close(int descriptor) override;
  SocketCalls* sockets() override { return network_; }

  void complete(Request& request, int result, Time at) override;
  std::byte* take_buffer() override { return buffers_.take(); }
  void return_buffer(std::byte* buffer) override { buffers_.give_back(buffer); }
  void give_back(std::byte* buffer) override { buffers_.give_back(buffer); }

  /// When the next wake-up arrives; Time::max() if none is under way.
  Time wake_at() const { return wake_at_; }
  /// The wake-up has ended a sleep.
  void take_wake() { wake_at_ = Time::max(); }
  /// When the next completion arrives; Time::max() if none is under way.
  Time completion_at() const {
    const Time files = files_ ? files_->next_due() : Time::max();
    return completed_.empty() ? files : std::min(files, completed_.begin()->first.first);
  }
  /// What ends a sleep next; Time::max() if nothing will.
  Time next_event() const { return queued_.empty() ? std::min(wake_at_, completion_at()) : clock_; }
  /// Requests that are submitted and not finished.
  std::uint32_t requests() const { return requests_; }

 private:
  // When, and which of those that come then.
  using Key = std::pair<Time, std::uint64_t>;

  void finish_due();

  const Time& clock_;
  const HostTable* hosts_ = nullptr;
  Random random_;
  const unsigned publish_delay_one_in_;
  const Duration wake_delay_max_;
  SimNetwork* const network_;
  Time wake_at_ = Time::max();
  unsigned delays_in_row_ = 0;
  RequestList queued_;     // Not given to the kernel yet.
  RequestList in_kernel_;  // They wait there.
  std::map<Key, Request*> completed_;
  ReceiveBuffers buffers_;
  std::optional<SimFiles> files_;
  std::uint64_t completions_ = 0;
};

}  // namespace troupe::io

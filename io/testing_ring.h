// Cores in a ring that pass one number round: a system small enough to test engines with.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/check.h"
#include "base/core_context.h"
#include "io/engine.h"
#include "io/exchange.h"
#include "io/reactor.h"

namespace troupe::io {

/// How the number goes round.
struct RingOptions {
  unsigned cores = 2;
  std::uint64_t passes = 1000;   ///< Times the number is passed on before all cores are stopped.
  bool forgets_to_wake = false;  ///< A publisher with a bug: its receiver may sleep for ever.
  std::uint64_t dawdle_max = 0;  ///< Random number of idle loops before a publication.
  ReactorOptions reactor = {};
};

class RingFactory;

/// Thread: its own only. Takes the number from the core before it and publishes the next one.
class RingCore final : public Reactor, public Exchange {
 public:
  RingCore(std::uint16_t index, Backend& backend, std::uint64_t seed, RingFactory& ring);
  ~RingCore() override;

  /// Puts the first number in.
  void begin() { next_ = 1; }

  bool receive() override;
  bool publish() override;
  bool has_inbound() const override;

 private:
  RingFactory& ring_;
  std::uint64_t seen_ = 0;
  std::uint64_t next_ = 0;  // What to publish; 0 if nothing.
};

/// Makes the cores and checks that the engine keeps to its phases. Thread: any; outlives the run.
class RingFactory final : public CoreFactory {
 public:
  explicit RingFactory(RingOptions options)
      : options_(options),
        numbers_(options.cores),
        cores_(options.cores),
        counters_(options.cores) {}

  std::unique_ptr<Reactor> make(std::uint16_t index, Backend& backend,
                                std::uint64_t seed) override {
    TROUPE_CHECK(started_.load() == 0, "a core is made after another has started");
    auto core = std::make_unique<RingCore>(index, backend, seed, *this);
    cores_[index] = core.get();
    ++made_;
    return core;
  }
  void start(Reactor& core) override {
    TROUPE_CHECK(CoreContext::current_or_null() == &core, "start() on a core that is not current");
    TROUPE_CHECK(made_.load() == options_.cores, "a core starts before all are made");
    TROUPE_CHECK(turned_.load() == 0, "a core takes a turn before all are started");
    ++started_;
    if (core.index() == 0) static_cast<RingCore&>(core).begin();
  }
  void finish(Reactor& core) override {
    TROUPE_CHECK(CoreContext::current_or_null() == &core, "finish() on a core that is not current");
    TROUPE_CHECK(destroyed_.load() == 0, "a core is destroyed before all are finished");
    counters_[core.index()] = core.counters();
    ++finished_;
  }

  unsigned made() const { return made_.load(); }
  unsigned destroyed() const { return destroyed_.load(); }
  /// Of each core at its end.
  const std::vector<ReactorCounters>& counters() const { return counters_; }
  /// The last number that was passed on to core 0.
  std::uint64_t last_number() const { return numbers_[0].value.load(); }

 private:
  friend class RingCore;
  struct alignas(64) Number {
    std::atomic<std::uint64_t> value = 0;
  };

  const RingOptions options_;
  std::vector<Number> numbers_;  // numbers_[i] is written for core i by the core before it.
  std::vector<RingCore*> cores_;
  std::vector<ReactorCounters> counters_;
  // The order of phases as seen from all threads; sequentially consistent, being no hot path.
  std::atomic<unsigned> made_ = 0, started_ = 0, turned_ = 0, finished_ = 0, destroyed_ = 0;
};

inline RingCore::RingCore(std::uint16_t index, Backend& backend, std::uint64_t seed,
                          RingFactory& ring)
    : Reactor(index, backend, seed, ring.options_.reactor), ring_(ring) {
  attach(*this);
}

inline RingCore::~RingCore() {
  TROUPE_CHECK(CoreContext::current_or_null() == this, "a core is destroyed while not current");
  TROUPE_CHECK(ring_.finished_.load() == ring_.options_.cores, "destroyed before all finished");
  ++ring_.destroyed_;
}

inline bool RingCore::receive() {
  ++ring_.turned_;
  TROUPE_CHECK(ring_.started_.load() == ring_.options_.cores, "a turn before all are started");
  // Pairs with the store in publish() of the core before this one.
  const std::uint64_t number = ring_.numbers_[index()].value.load(std::memory_order_acquire);
  if (number == seen_) return false;
  seen_ = number;
  if (number < ring_.options_.passes) {
    next_ = number + 1;
  } else {
    for (RingCore* core : ring_.cores_) core->request_stop();
  }
  return true;
}

inline bool RingCore::publish() {
  if (next_ == 0) return false;
  if (!backend().publishes_now()) return true;
  if (ring_.options_.dawdle_max > 0) {
    for (std::uint64_t i = random.below(ring_.options_.dawdle_max); i > 0; --i) {
      asm volatile("");
    }
  }
  const std::size_t receiver = (index() + 1u) % ring_.options_.cores;
  // Pairs with the loads in receive() and, in one total order, in has_inbound().
  ring_.numbers_[receiver].value.store(next_, std::memory_order_seq_cst);
  next_ = 0;
  if (!ring_.options_.forgets_to_wake) ring_.cores_[receiver]->wake_if_sleeping();
  return false;
}

inline bool RingCore::has_inbound() const {
  // Pairs with the store in publish(): the sleeper's last look.
  return ring_.numbers_[index()].value.load(std::memory_order_seq_cst) != seen_;
}

}  // namespace troupe::io

#include "io/reactor.h"

#include <algorithm>
#include <utility>

namespace troupe::io {

namespace {

// The first budget above zero: about the cost of a failed look at every lane.
constexpr Duration kSpinStep = std::chrono::microseconds(1);

/// Tells the CPU that this is a waiting loop: spares power and the sibling hyperthread.
void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

Reactor::Reactor(std::uint16_t index, Backend& backend, std::uint64_t seed, ReactorOptions options)
    : CoreContext(index, seed),
      backend_(backend),
      options_(options),
      spin_budget_(options.spin_min),
      timers_(backend.now()) {
  TROUPE_CHECK(options.nodes_per_turn > 0, "ReactorOptions: nodes_per_turn must be at least 1");
  TROUPE_CHECK(options.turns_per_poll > 0, "ReactorOptions: turns_per_poll must be at least 1");
  TROUPE_CHECK(options.spin_min.count() >= 0 && options.spin_min <= options.spin_max,
               "ReactorOptions: 0 <= spin_min <= spin_max must hold");
  refresh_time();
}

// Frames that were abandoned may still have requests, and the pool they lie in ends with the core.
Reactor::~Reactor() { backend_.reclaim_all(); }

bool Reactor::turn() {
  TROUPE_DCHECK(CoreContext::current_or_null() == this, "turn() of a core that is not current");
  ++counters_.turns;
  refresh_time();
  bool busy = exchange_ != nullptr && exchange_->receive();
  busy |= timers_.advance(now_);
  busy |= run_ready();
  if (exchange_ != nullptr) busy |= exchange_->publish();
  // With requests under way every turn submits what it began and takes what has completed.
  if (backend_.has_requests() || counters_.turns % options_.turns_per_poll == 0) {
    backend_.poll();
    busy |= !ready.empty();
  }
  return busy;
}

void Reactor::abandon() {
  backend_.reclaim_all();
  while (!ready.empty()) ready.pop();
}

void Reactor::run() {
  while (heed_requests()) {
    if (turn()) continue;
    const Time idle_since = now_;
    if (!spin(idle_since)) sleep(idle_since);
  }
}

bool Reactor::prepare_sleep() {
  // Pairs with the load in wake_if_sleeping(): either the publisher sees this flag, or the looks
  // below see what it published; both sides store first and then load, in one total order.
  sleeping_.store(true, std::memory_order_seq_cst);
  const bool inbound = exchange_ != nullptr && exchange_->has_inbound();
  // Pairs with the fetch_or in request_stop() and post_signal(), for the same reason.
  if (inbound || requests_.load(std::memory_order_seq_cst) != 0) {
    finish_sleep();
    return false;
  }
  return true;
}

void Reactor::finish_sleep() {
  // Pairs with the exchange in wake_if_sleeping(): whoever changes true to false there wakes, so at
  // most one wake is sent per sleep. Publishes nothing.
  sleeping_.store(false, std::memory_order_relaxed);
}

void Reactor::wake_if_sleeping() {
  // The load pairs with the store in prepare_sleep(). The exchange pairs with the other
  // publishers': one of them wakes.
  if (!sleeping_.load(std::memory_order_seq_cst)) return;
  if (!sleeping_.exchange(false, std::memory_order_seq_cst)) return;
  backend_.wake();
  if (CoreContext* sender = CoreContext::current_or_null(); sender != nullptr) {
    ++static_cast<Reactor*>(sender)->counters_.wakes_sent;
  }
}

void Reactor::request_stop() {
  // Pairs with the loads in stop_requested() and, in one total order, in prepare_sleep().
  requests_.fetch_or(kStop, std::memory_order_seq_cst);
  wake_if_sleeping();
}

// As request_stop(); not wake_if_sleeping(), which counts at a sender: a handler has none, and the
// core it interrupts may be in the midst of counting.
void Reactor::post_signal(int number) {
  // Pairs with the loads in heed_requests() and, in one total order, in prepare_sleep().
  requests_.fetch_or(static_cast<std::uint32_t>(number) << kSignalShift, std::memory_order_seq_cst);
  // As in wake_if_sleeping().
  if (!sleeping_.load(std::memory_order_seq_cst)) return;
  if (sleeping_.exchange(false, std::memory_order_seq_cst)) backend_.wake();
}

bool Reactor::heed(std::uint32_t requests) {
  if (const std::uint32_t signal = requests >> kSignalShift; signal != 0) {
    // Publishes nothing. Keeps a stop that is requested meanwhile.
    requests_.fetch_and(kStop, std::memory_order_relaxed);
    if (signal_work_ != nullptr) {
      signal_ = static_cast<int>(signal);
      ready.push(*std::exchange(signal_work_, nullptr));
    }
  }
  return (requests & kStop) == 0;
}

void Reactor::refresh_time() {
  messages_ = 0;
  ++counters_.clock_reads;
  now_ = std::max(now_, backend_.now());
}

bool Reactor::run_ready() {
  unsigned left = options_.nodes_per_turn;
  while (left > 0 && !ready.empty()) {
    --left;
    ready.pop().run();
    count_messages(1);
  }
  const unsigned done = options_.nodes_per_turn - left;
  counters_.runnables += done;
  return done > 0;
}

/// Takes turns until there is something to do; false if the budget ran out first.
bool Reactor::spin(Time idle_since) {
  const Time end = saturating_add(idle_since, spin_budget_);
  while (now_ < end) {
    // As in heed_requests(), which is next.
    if (requests_.load(std::memory_order_acquire) != 0) return true;
    ++counters_.spins;
    pause();
    if (turn()) {
      grow_spin_budget();
      return true;
    }
  }
  return false;
}

void Reactor::sleep(Time idle_since) {
  if (!prepare_sleep()) return;
  ++counters_.sleeps;
  backend_.sleep(timers_.next_expiry());
  finish_sleep();
  refresh_time();
  // A short sleep cost more than the polling that would have avoided it; a long one, less.
  if (now_ - idle_since < options_.spin_max) {
    grow_spin_budget();
  } else {
    shrink_spin_budget();
  }
}

void Reactor::grow_spin_budget() {
  spin_budget_ = std::min(std::max(spin_budget_ * 2, kSpinStep), options_.spin_max);
}

void Reactor::shrink_spin_budget() { spin_budget_ = std::max(spin_budget_ / 2, options_.spin_min); }

}  // namespace troupe::io

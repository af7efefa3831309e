#include "io/reactor.h"

#include <algorithm>
#include <cstdio>
#include <source_location>
#include <utility>

#include "base/strand.h"

namespace troupe::io {

namespace {

// The first budget above zero: about the cost of a failed look at every lane.
constexpr Duration kSpinStep = std::chrono::microseconds(1);

/// Portions of each group in one turn, about: short enough to mix the groups within a turn, long
/// enough to cost nothing.
constexpr unsigned kRoundsPerTurn = 2;

std::array<unsigned, kGroups> portions_of(const ReactorOptions& options) {
  const GroupShares& shares = options.shares;
  const unsigned sum = shares.sum();
  TROUPE_CHECK(shares.system > 0 && shares.user > 0 && shares.background > 0,
               "ReactorOptions::shares: each must be at least 1");
  TROUPE_CHECK(sum <= options.nodes_per_turn,
               "ReactorOptions: nodes_per_turn must be at least the sum of the shares, %u", sum);
  const unsigned unit = std::max(1u, options.nodes_per_turn / (sum * kRoundsPerTurn));
  return {shares.system * unit, shares.user * unit, shares.background * unit};
}

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
    : CoreContext(index, seed, backend.memory()),
      backend_(backend),
      options_(options),
      spin_budget_(options.spin_min),
      portions_(portions_of(options)),
      timers_(backend.now()) {
  TROUPE_CHECK(options.turns_per_poll > 0, "ReactorOptions: turns_per_poll must be at least 1");
  TROUPE_CHECK(options.spin_min.count() >= 0 && options.spin_min <= options.spin_max,
               "ReactorOptions: 0 <= spin_min <= spin_max must hold");
  refresh_time();
}

// Frames that were abandoned may still have requests, and the pool they lie in ends with the core.
Reactor::~Reactor() {
  backend_.end();
  discard_posted();
}

bool Reactor::turn() {
  TROUPE_DCHECK(CoreContext::current_or_null() == this, "turn() of a core that is not current");
  // Pairs with the load in progress(); orders nothing.
  const std::uint64_t turns = turns_.load(std::memory_order_relaxed) + 1;
  turns_.store(turns, std::memory_order_relaxed);
  refresh_time();
  bool busy = exchange_ != nullptr && exchange_->receive();
  busy |= timers_.advance(now_);
  busy |= run_ready();
  if (exchange_ != nullptr) busy |= exchange_->publish();
  // With requests under way every turn submits what it began and takes what has completed.
  if (backend_.has_requests() || turns % options_.turns_per_poll == 0) {
    backend_.poll();
    busy |= !ready.empty();
  }
  return busy;
}

ReactorCounters Reactor::counters() const {
  ReactorCounters counters = counters_;
  counters.turns = turns_.load(std::memory_order_relaxed);
  // Both pair with the stores of whoever watches for stalls; they order nothing.
  counters.stalls = stalls_.load(std::memory_order_relaxed);
  counters.longest_stall = Duration(longest_stall_.load(std::memory_order_relaxed));
  return counters;
}

// In both: one thread at a time writes.
void Reactor::note_stall() {
  stalls_.store(stalls_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void Reactor::note_stall_lasted(Duration lasted) {
  const std::int64_t longest = longest_stall_.load(std::memory_order_relaxed);
  longest_stall_.store(std::max(longest, lasted.count()), std::memory_order_relaxed);
}

void Reactor::abandon() {
  backend_.reclaim_all();
  for (std::size_t group = 0; group < kGroups; ++group) {
    while (!ready.empty(static_cast<Group>(group))) ready.pop(static_cast<Group>(group));
  }
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
  // Pairs with the fetch_or in request_stop(), post_signal() and post(), for the same reason.
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

void Reactor::post(Posted& posted) {
  // Relaxed: another poster's entry is passed on, not looked into.
  Posted* newest = posted_.load(std::memory_order_relaxed);
  do {
    posted.next_ = newest;
    // Pairs with the exchange in take_posted(), which sees the entry whole. On success the chain of
    // exchanges goes on from the entries below, so those are published too.
  } while (!posted_.compare_exchange_weak(newest, &posted, std::memory_order_release,
                                          std::memory_order_relaxed));
  // Pairs with the fetch_and in take_posted(): who takes the bit finds the entry; and with the load
  // in prepare_sleep(), in one total order.
  requests_.fetch_or(kPosted, std::memory_order_seq_cst);
  wake_if_sleeping();
}

void Reactor::take_posted() {
  // Before the list is taken: who posts later sets the bit anew. Pairs with the fetch_or in post().
  requests_.fetch_and(~kPosted, std::memory_order_acquire);
  // Pairs with the compare_exchange in post().
  Posted* newest = posted_.exchange(nullptr, std::memory_order_acquire);
  Posted* oldest = nullptr;
  while (newest != nullptr) {
    Posted* const next = newest->next_;
    newest->next_ = oldest;
    oldest = newest;
    newest = next;
  }
  while (oldest != nullptr) std::exchange(oldest, oldest->next_)->arrived();
}

void Reactor::discard_posted() {
  // Pairs with the compare_exchange in post().
  Posted* posted = posted_.exchange(nullptr, std::memory_order_acquire);
  while (posted != nullptr) std::exchange(posted, posted->next_)->discarded();
}

bool Reactor::heed(std::uint32_t requests) {
  if ((requests & kPosted) != 0) take_posted();
  if (const std::uint32_t signal = requests >> kSignalShift; signal != 0) {
    // Publishes nothing. Keeps what else is requested meanwhile.
    requests_.fetch_and(kStop | kPosted, std::memory_order_relaxed);
    if (signal_work_ != nullptr) {
      signal_ = static_cast<int>(signal);
      ready.push(*std::exchange(signal_work_, nullptr), Group::kSystem);
    }
  }
  return (requests & kStop) == 0;
}

void Reactor::refresh_time() {
  refresh_at_ = messages_.load(std::memory_order_relaxed) + kMessagesPerRefresh;
  ++counters_.clock_reads;
  now_ = std::max(now_, backend_.now());
}

/// The groups by turns, each with up to its portion of runnables.
bool Reactor::run_ready() {
  const Time end = saturating_add(now_, options_.turn_time_max);
  unsigned left = options_.nodes_per_turn;
  do {
    const Group group = group_;
    const unsigned portion = std::min(left, portion_left_);
    unsigned rest = portion;
    while (rest > 0 && !ready.empty(group)) {
      --rest;
      Runnable& next = ready.pop(group);
      note_running(next.runs_in());
      if constexpr (kDetectsBlocking) {
        run_watched(next);
      } else {
        next.run();
      }
      count_messages(1);
    }
    left -= portion - rest;
    portion_left_ -= portion - rest;
  } while (left > 0 && now_ < end && next_group());
  note_running(nullptr);
  const unsigned done = options_.nodes_per_turn - left;
  counters_.runnables += done;
  return done > 0;
}

const char* Reactor::describe(const Runnable& work) const {
  const auto* operation = dynamic_cast<const Operation*>(&work);
  return operation != nullptr ? operation->name() : "work of the runtime";
}

/// Runs it, and reports if the thread waited meanwhile.
void Reactor::run_watched(Runnable& work) {
  if (!options_.detect_blocking || !backend_.on_machine()) return work.run();
  const char* const name = describe(work);  // It may be gone afterwards.
  last_await = std::source_location();
  detector_.begin();
  work.run();
  if (!detector_.waited()) [[likely]]
    return;
  // At most: the cached time may be some runnables old.
  const Duration took = backend_.now() - now_;
  if (took < BlockedDetector::kReportedMin) return;
  ++counters_.blocked;
  if (!detector_.worth_a_line()) return;
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  char line[256] = "ended";
  if (last_await.line() != 0) {
    std::snprintf(line, sizeof line, "awaited at %s:%u", last_await.file_name(),
                  unsigned{last_await.line()});
  }
  log_warning(*options_.log,
              "core %u was blocked for up to %lld us (number %llu), by what came after \"%s\" "
              "and then %s: co_await blocking(pool, function) for what waits",
              unsigned{index()}, static_cast<long long>(microseconds),
              static_cast<unsigned long long>(detector_.found()), name, line);
}

/// Goes on to the next group that has something, which may be the same one; false if none has.
bool Reactor::next_group() {
  for (std::size_t i = 0; i < kGroups; ++i) {
    group_ = static_cast<Group>((static_cast<std::size_t>(group_) + 1) % kGroups);
    if (ready.empty(group_)) continue;
    portion_left_ = portions_[static_cast<std::size_t>(group_)];
    return true;
  }
  return false;
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
  // Both pair with the load in progress(); they order nothing.
  resting_.store(true, std::memory_order_relaxed);
  backend_.sleep(timers_.next_expiry());
  resting_.store(false, std::memory_order_relaxed);
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

#include "io/sim/sim_engine.h"

#include <algorithm>

#include "base/check.h"

namespace troupe::io {

// Each with a seed of its own: a program that asks for nothing on the network, or of the disk, runs
// as without one.
SimEngine::SimEngine(SimOptions options)
    : options_(options),
      random_(options.seed),
      network_(clock_, options.seed ^ 0xd1b54a32d192ed03, options.network),
      own_disk_(options.disk, options.seed ^ 0x8cb92ba72f3d8dd7),
      disk_(options.disk_to_use != nullptr ? options.disk_to_use : &own_disk_) {}

Status SimEngine::check_options() const {
  if (options_.cores == 0 || options_.cores > kCoresMax) {
    return Error(Code::kInvalidArgument, options_.cores, "SimOptions::cores: 1 to 1024");
  }
  if (options_.step_min.count() < 1 || options_.step_max < options_.step_min) {
    return Error(Code::kInvalidArgument, 0, "SimOptions: 1 ns <= step_min <= step_max must hold");
  }
  if (options_.wake_delay_max.count() < 0 || options_.virtual_time_max.count() < 0) {
    return Error(Code::kInvalidArgument, 0, "SimOptions: durations must not be negative");
  }
  const Status network = network_.check_options();
  if (!network) return network;
  if (options_.blocking_delay_min.count() < 0 ||
      options_.blocking_delay_max < options_.blocking_delay_min) {
    return Error(Code::kInvalidArgument, 0,
                 "SimOptions: 0 <= blocking_delay_min <= blocking_delay_max must hold");
  }
  const SimDiskOptions& disk = disk_->options();
  if (disk.latency_min.count() < 0 || disk.latency_max < disk.latency_min) {
    return Error(Code::kInvalidArgument, 0,
                 "SimDiskOptions: 0 <= latency_min <= latency_max must hold");
  }
  if (options_.signal && (options_.signal->number < 1 || options_.signal->after.count() < 0)) {
    return Error(Code::kInvalidArgument, 0, "SimOptions::signal: a number from 1, not in the past");
  }
  if (steps_ != 0 || !places_.empty()) {
    return Error(Code::kInvalidArgument, steps_, "a SimEngine runs once");
  }
  return ok();
}

Status SimEngine::run(CoreFactory& factory) {
  const Status checked = check_options();
  if (!checked) return checked;
  TROUPE_TRY(const std::vector<PoolOptions> pools,
             BlockingPools::complete(options_.pools, kPoolThreadsDefault));
  // Apart from other chance, so that a program without blocking work runs as if there were none.
  pools_.emplace(pools, clock_, Random(options_.seed ^ 0x3c6ef372fe94f82b).next(),
                 options_.blocking_delay_min, options_.blocking_delay_max);
  TROUPE_TRY(NodeMemory::Settings memory, settings_of(options_.memory, kSimMemoryDefault));
  memory.refuse_one_in = options_.refuse_memory_one_in;
  memory.seed = options_.seed ^ 0x5bf03635f0a31e79;
  memory_.emplace(options_.cores, memory);
  make_cores(factory);
  for (Place& place : places_) {
    const CoreContext::Bind bind(*place.core);
    factory.start(*place.core);
  }
  const Status ended = take_steps();
  pools_->stop();
  for (unsigned i = 0; i < options_.cores; ++i) memory_->core(i).detach();
  for (Place& place : places_) {
    if (ended) break;
    const CoreContext::Bind bind(*place.core);
    place.core->abandon();
  }
  for (Place& place : places_) {
    const CoreContext::Bind bind(*place.core);
    place.core->discard_posted();
    factory.finish(*place.core);
  }
  for (Place& place : places_) {
    const CoreContext::Bind bind(*place.core);
    place.core.reset();
  }
  for (unsigned i = 0; i < options_.cores; ++i) memory_->core(i).close();
  pool_counters_ = pools_->counters();
  disk_->close_all();
  return ended;
}

void SimEngine::make_cores(CoreFactory& factory) {
  // Apart from the order of steps, so that one more core does not change the others' seeds.
  Random seeds(options_.seed ^ 0x9e3779b97f4a7c15);
  places_.resize(options_.cores);
  for (unsigned i = 0; i < options_.cores; ++i) {
    places_[i].backend =
        std::make_unique<SimBackend>(clock_, seeds.next(), options_.publish_delay_one_in,
                                     options_.wake_delay_max, &network_, disk_);
    places_[i].backend->set_hosts(options_.hosts);
    memory_->core(i).open();
    places_[i].backend->set_memory(memory_->core(i));
    places_[i].core =
        factory.make(static_cast<std::uint16_t>(i), *places_[i].backend, seeds.next());
    TROUPE_CHECK(places_[i].core != nullptr, "CoreFactory::make gave no core %u", i);
    places_[i].core->attach(*pools_);
    memory_->core(i).attach(*places_[i].core);
  }
}

Status SimEngine::take_steps() {
  const Time end = saturating_add(kStart, options_.virtual_time_max);
  while (not_stopped() > 0) {
    if (steps_ >= options_.steps_max) {
      return Error(Code::kFailed, steps_, "the simulation reached SimOptions::steps_max");
    }
    if (clock_ > end) {
      return Error(Code::kFailed, steps_, "the simulation reached SimOptions::virtual_time_max");
    }
    post_due_signal();
    network_.advance();
    pools_->run_due();
    find_runnable();
    if (runnable_.empty()) {
      const Time next = next_event();
      if (tell_idle(next)) continue;
      if (next == Time::max()) {
        return deadlock();
      }
      if (next > clock_limit()) {
        return Error(Code::kFailed, not_stopped(),
                     "every core sleeps, and SimControl holds the clock before the next timer");
      }
      clock_ = std::max(clock_, next);
      continue;
    }
    const unsigned index = runnable_[random_.below(runnable_.size())];
    step(places_[index], index);
  }
  return ok();
}

/// One stretch of Reactor::run() that no other core can come between: a turn, or going to sleep.
/// They are separate steps, so that chance tries what may happen between a core's last turn and its
/// sleep.
void SimEngine::step(Place& place, unsigned index) {
  ++steps_;
  note_step(index);
  const CoreContext::Bind bind(*place.core);
  if (place.state == State::kDrowsy) {
    const bool asleep = place.core->prepare_sleep();
    place.state = asleep ? State::kAsleep : State::kAwake;
    if (asleep) place.sleeps_until = place.core->timers().next_expiry();
  } else {
    if (place.state == State::kAsleep) {
      if (place.backend->wake_at() <= clock_) place.backend->take_wake();
      place.core->finish_sleep();
    }
    const bool busy = place.core->heed_requests() && place.core->turn();
    place.state = busy ? State::kAwake : State::kDrowsy;
    if (place.core->stop_requested()) place.state = State::kStopped;
  }
  const auto spread = static_cast<std::uint64_t>((options_.step_max - options_.step_min).count());
  const auto extra = Duration(static_cast<std::int64_t>(random_.below(spread + 1)));
  const Time after = saturating_add(clock_, options_.step_min + extra);
  clock_ = std::min(after, std::max(clock_, clock_limit()));
  if (options_.control != nullptr) {
    place.paused_until = saturating_add(clock_, options_.control->pause(index));
  }
}

/// Whether somebody waited for the moment when nothing happens before `next`.
bool SimEngine::tell_idle(Time next) {
  if (options_.control == nullptr || !options_.control->awaited()) return false;
  const bool held = options_.control->held();
  if (next <= (held ? clock_limit() : saturating_add(clock_, SimControl::kIdle))) return false;
  for (const auto& [index, work] : options_.control->take_waiting()) {
    Place& place = places_[index];
    const CoreContext::Bind bind(*place.core);
    place.core->ready.push(*work);
    if (place.state == State::kAsleep) place.core->finish_sleep();
    if (place.state != State::kStopped) place.state = State::kAwake;
  }
  return true;
}

void SimEngine::note_step(unsigned index) {
  const auto now = static_cast<std::uint64_t>(clock_.time_since_epoch().count());
  for (std::uint64_t word : {std::uint64_t{index}, now}) {
    fingerprint_ = (fingerprint_ ^ word) * 0x100000001b3;
    fingerprint_ ^= fingerprint_ >> 29;
  }
}

/// When the signal comes; Time::max() if none will.
Time SimEngine::signal_time() const {
  if (!options_.signal || signal_posted_) return Time::max();
  return saturating_add(kStart, options_.signal->after);
}

void SimEngine::post_due_signal() {
  if (clock_ < signal_time()) return;
  signal_posted_ = true;
  places_[0].core->post_signal(options_.signal->number);
}

void SimEngine::find_runnable() {
  runnable_.clear();
  for (unsigned i = 0; i < places_.size(); ++i) {
    const Place& place = places_[i];
    if (place.paused_until > clock_) continue;
    const bool due = place.sleeps_until <= clock_ || place.backend->next_event() <= clock_;
    const bool up = place.state == State::kAwake || place.state == State::kDrowsy;
    if (up || (place.state == State::kAsleep && due)) runnable_.push_back(i);
  }
}

/// When the first sleeping core can go on; Time::max() if none ever will.
Time SimEngine::next_event() const {
  Time next = std::min({signal_time(), network_.next_event(), pools_->next()});
  for (const Place& place : places_) {
    next = std::min(next, next_of(place));
  }
  return next;
}

Time SimEngine::next_of(const Place& place) const {
  switch (place.state) {
    case State::kAwake:
    case State::kDrowsy:
      return place.paused_until;
    case State::kAsleep:
      return std::max(place.paused_until,
                      std::min(place.sleeps_until, place.backend->next_event()));
    case State::kStopped:
      break;
  }
  return Time::max();
}

/// Why nothing will ever happen again.
Error SimEngine::deadlock() const {
  std::uint64_t requests = 0;
  for (const Place& place : places_) requests += place.backend->requests();
  if (requests == 0) {
    return Error(Code::kFailed, not_stopped(), "deadlock: every core sleeps and no timer is armed");
  }
  return Error(Code::kFailed, requests,
               "deadlock: every core sleeps, no timer is armed and so many operations wait");
}

unsigned SimEngine::not_stopped() const {
  return static_cast<unsigned>(std::ranges::count_if(
      places_, [](const Place& place) { return place.state != State::kStopped; }));
}

}  // namespace troupe::io

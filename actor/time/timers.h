// Timers: messages of its own contract that an actor sends itself later, once or again and again.
//
//   self.timers().once("retry", 50ms).retry_now(7);
//   self.timers().every("poll", 1s).poll();
//   self.timers().cancel("retry");
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "actor/target.h"
#include "base/result.h"
#include "base/time.h"
#include "protocols/frame.h"

namespace troupe {

class Cell;

/// Timers that one actor may have at a time.
inline constexpr std::size_t kTimersMax = 1024;
/// Bytes of a timer's key.
inline constexpr std::size_t kTimerKeyBytesMax = 255;
/// What a timer's message is while it waits in a mailbox, so that cancel() finds it: no frame on
/// its way is of this type.
inline constexpr auto kTimerMessage = static_cast<protocols::FrameType>(0x40);

/// Which timer: a text, a number or an enumerator. Views the text, which a timer copies.
class TimerKey {
 public:
  TimerKey(std::string_view text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  TimerKey(const char* text) : text_(text) {}       // NOLINT(google-explicit-constructor)
  template <class Number>
    requires(std::is_integral_v<Number> || std::is_enum_v<Number>)
  TimerKey(Number number)  // NOLINT(google-explicit-constructor)
      : number_(static_cast<std::uint64_t>(number)), is_number_(true) {}

  friend bool operator==(const TimerKey&, const TimerKey&) = default;
  std::string_view text() const { return text_; }
  std::uint64_t number() const { return number_; }
  bool is_number() const { return is_number_; }
  TimerKey with_text(std::string_view text) const;
  std::uint64_t hash() const;

 private:
  std::string_view text_;
  std::uint64_t number_ = 0;
  bool is_number_ = false;
};

/// When a timer sends.
struct TimerPlan {
  enum class Kind : std::uint8_t {
    kOnce,
    kFixedRate,   ///< At first + n periods; whole periods that were missed are left out.
    kFixedDelay,  ///< At least a period after the time before.
  };
  Kind kind = Kind::kOnce;
  Duration first{};   ///< From now.
  Duration period{};  ///< Above 0 unless kOnce.
};

/// Those of one actor; part of its relations. Thread: the actor's core. Allocates a block of the
/// core for each timer and one for its message, which a periodic timer copies each time.
class Timers {
 public:
  explicit Timers(Cell& cell) : cell_(cell) {}
  ~Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  /// A frame for start(), without payload; null if it exceeds the frame limit.
  protocols::Frame* new_frame(const MessageSpec& spec, std::size_t payload_words);
  /// Takes the frame over. Error: kOverloaded (kTimersMax); then nothing has changed.
  Status start(const TimerKey& key, const TimerPlan& plan, protocols::Frame* frame);
  /// The same; what cannot be is a counted drop.
  void start_or_drop(const TimerKey& key, const TimerPlan& plan, protocols::Frame* frame,
                     const MessageSpec& spec, std::size_t payload_words);
  /// kTooLarge or kOutOfMemory.
  Error why_no_frame(std::size_t payload_words) const;
  bool cancel(const TimerKey& key);
  void cancel_all();
  bool is_active(const TimerKey& key) const { return find(key) != nullptr; }
  std::size_t active() const { return count_; }

  /// A message of a timer leaves the mailbox: from here on it is a tell like any other.
  void message_taken(protocols::Frame& frame);

 private:
  class Entry;
  Entry* find(const TimerKey& key) const;
  Entry* new_entry(const TimerKey& key);
  void send(Entry& entry);
  void discard(protocols::Frame* frame);
  void stop(Entry& entry);
  void erase(Entry& entry);

  Cell& cell_;
  Entry* first_ = nullptr;
  std::size_t count_ = 0;
};

/// What generated code writes a timer's message with.
class TimerDelivery {
 public:
  using Outcome = void;
  TimerDelivery(Timers& timers, const TimerKey& key, const TimerPlan& plan)
      : timers_(timers), key_(key), plan_(plan) {}

 protected:
  template <class Write>
  void send(const MessageSpec& spec, std::size_t payload_words, Write&& write) const {
    protocols::Frame* frame = timers_.new_frame(spec, payload_words);
    if (frame != nullptr) write(frame->payload());
    timers_.start_or_drop(key_, plan_, frame, spec, payload_words);
  }

 private:
  Timers& timers_;
  TimerKey key_;
  TimerPlan plan_;
};

/// The same, saying why not.
class TryTimerDelivery {
 public:
  using Outcome = Status;
  TryTimerDelivery(Timers& timers, const TimerKey& key, const TimerPlan& plan)
      : timers_(timers), key_(key), plan_(plan) {}

 protected:
  template <class Write>
  Status send(const MessageSpec& spec, std::size_t payload_words, Write&& write) const {
    protocols::Frame* frame = timers_.new_frame(spec, payload_words);
    if (frame == nullptr) return timers_.why_no_frame(payload_words);
    write(frame->payload());
    return timers_.start(key_, plan_, frame);
  }

 private:
  Timers& timers_;
  TimerKey key_;
  TimerPlan plan_;
};

/// What Self::timers() gives. A timer is known by its key: starting one anew replaces it. Once it
/// is replaced or cancelled no message of it is received, not even one that was queued (which is
/// dropped as timer_cancelled); one that was received before and put in a Stash is. All are
/// cancelled when the actor gets kStop, ends or restarts, and go on over a become(). A message
/// counts as sent when its time has come, never earlier, and goes through the mailbox with its
/// limits. An idle keyed actor is passivated with its timers. Limits: kTimersMax, else the message
/// is dropped as too_many_timers; a key has kTimerKeyBytesMax bytes, else this aborts.
template <class A>
class ActorTimers {
 public:
  explicit ActorTimers(Timers& timers) : timers_(timers) {}

  /// After `delay`, once.
  auto once(const TimerKey& key, Duration delay) const {
    return tells<TimerDelivery>(key, {TimerPlan::Kind::kOnce, delay, {}});
  }
  /// Each `period`, first after one, without drift however late one is. Who was late by whole
  /// periods gets one message for all of them. A message that carries reply-to handles aborts here:
  /// a right cannot be given away twice.
  auto every(const TimerKey& key, Duration period) const { return every(key, period, period); }
  auto every(const TimerKey& key, Duration period, Duration first) const {
    return tells<TimerDelivery>(key, {TimerPlan::Kind::kFixedRate, first, period});
  }
  /// The same with at least `delay` between two, so that it drifts and never hurries.
  auto every_after(const TimerKey& key, Duration delay) const {
    return tells<TimerDelivery>(key, {TimerPlan::Kind::kFixedDelay, delay, delay});
  }

  /// As those, but a Status that says why no timer was started: kOverloaded, kTooLarge. Then one
  /// that had the key goes on.
  auto try_once(const TimerKey& key, Duration delay) const {
    return tells<TryTimerDelivery>(key, {TimerPlan::Kind::kOnce, delay, {}});
  }
  auto try_every(const TimerKey& key, Duration period) const {
    return tells<TryTimerDelivery>(key, {TimerPlan::Kind::kFixedRate, period, period});
  }
  auto try_every_after(const TimerKey& key, Duration delay) const {
    return tells<TryTimerDelivery>(key, {TimerPlan::Kind::kFixedDelay, delay, delay});
  }

  /// False if there was none.
  bool cancel(const TimerKey& key) const { return timers_.cancel(key); }
  void cancel_all() const { timers_.cancel_all(); }
  /// Until it is cancelled; of once(), until its message is received.
  bool is_active(const TimerKey& key) const { return timers_.is_active(key); }
  std::size_t active() const { return timers_.active(); }

 private:
  template <class Delivery>
  auto tells(const TimerKey& key, const TimerPlan& plan) const {
    return typename A::template Tells<Delivery>(timers_, key, plan);
  }

  Timers& timers_;
};

}  // namespace troupe

// Deduplicator: what a receiver has handled, so that a repetition is answered and not done again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>

#include "actor/delivery/reliable_sender.h"
#include "base/check.h"

namespace troupe {

struct DeduplicatorOptions {
  /// Messages of one sender that are remembered, counted from its newest: at least its
  /// ReliableOptions::unacknowledged_max. Below the window nothing is handled any more.
  std::size_t window = 256;
  /// Senders that are remembered; the one that was silent longest is forgotten for a new one, and
  /// its repetitions would be handled as new.
  std::size_t senders_max = 1024;
};

/// What look() found.
enum class Seen : std::uint8_t {
  kNew,     ///< Handle it, then remember() it with its answer.
  kBefore,  ///< answer() is what it was answered with.
  /// So long ago that its answer is forgotten. Its sender knows the answer, or has given up: what
  /// arrives is a repetition that was under way for long. Leave it.
  kTooOld,
};

/// Keeps, for each sender, the answers of its newest messages. Answer: what it takes to answer once
/// more; copyable.
///
/// It belongs beside the state that it guards, in one object that outlives the behaviour (a start
/// argument): then an effect and its being remembered are lost together, or not at all. Between the
/// effect and remember() there must be no await, and nothing that throws.
///
/// Thread: one core only.
template <class Answer>
class Deduplicator {
 public:
  explicit Deduplicator(DeduplicatorOptions options = {}) : options_(options) {
    TROUPE_CHECK(options_.window > 0 && options_.senders_max > 0,
                 "a Deduplicator remembers at least one message of one sender");
  }

  Seen look(DeliveryId id) const {
    const auto sender = senders_.find(id.sender);
    if (sender == senders_.end()) return Seen::kNew;
    if (sender->second.answers.contains(id.number)) return Seen::kBefore;
    const bool old = id.number + options_.window <= sender->second.newest;
    return old ? Seen::kTooOld : Seen::kNew;
  }
  /// Of a message for which look() gives kBefore. Valid until the next remember().
  const Answer& answer(DeliveryId id) const { return senders_.at(id.sender).answers.at(id.number); }
  /// Of one for which look() gives kNew.
  void remember(DeliveryId id, Answer answer) {
    Sender& sender = find_or_make(id.sender);
    sender.last_heard = ++clock_;
    sender.answers.insert_or_assign(id.number, std::move(answer));
    if (id.number > sender.newest) sender.newest = id.number;
    while (sender.answers.begin()->first + options_.window <= sender.newest) {
      sender.answers.erase(sender.answers.begin());
    }
  }

  std::size_t senders() const { return senders_.size(); }
  /// Senders that made room for others.
  std::uint64_t forgotten_senders() const { return forgotten_; }

 private:
  struct Sender {
    std::map<std::uint64_t, Answer> answers;
    std::uint64_t newest = 0;
    std::uint64_t last_heard = 0;
  };

  Sender& find_or_make(std::uint64_t id) {
    const auto found = senders_.find(id);
    if (found != senders_.end()) return found->second;
    if (senders_.size() >= options_.senders_max) forget_one();
    return senders_[id];
  }
  // Each has another last_heard, so it does not matter in which order they are looked at.
  void forget_one() {
    auto oldest = senders_.begin();
    for (auto each = senders_.begin(); each != senders_.end(); ++each) {
      if (each->second.last_heard < oldest->second.last_heard) oldest = each;
    }
    senders_.erase(oldest);
    ++forgotten_;
  }

  const DeduplicatorOptions options_;
  std::unordered_map<std::uint64_t, Sender> senders_;
  std::uint64_t clock_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace troupe

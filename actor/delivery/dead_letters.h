// DeadLetters: the messages that one core dropped, the newest of them, to look at and to send
// again.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "actor/address.h"
#include "actor/cell.h"
#include "actor/ledger.h"
#include "base/result.h"
#include "base/time.h"
#include "protocols/frame.h"

namespace troupe {

class Core;
template <class A>
class Ref;

/// What is kept of dropped messages, and how they are logged. Limits are those of each core.
struct DeadLetterOptions {
  /// Letters kept; the oldest goes first. 0 keeps none.
  std::size_t letters_max = 256;
  /// Their contents are kept too, so that they can be read and sent again.
  bool keep_content = true;
  /// Of all contents kept, in bytes; the oldest letters lose theirs first.
  std::size_t content_bytes_max = 256 << 10;
  /// A larger message is kept without its content, in bytes.
  std::size_t letter_bytes_max = 16 << 10;
  /// How often one letter may be sent again.
  std::uint32_t replays_max = 3;
  /// So many drops are logged each, the first ones of the core; 0 logs none of them …
  std::uint64_t log_first = 10;
  /// … and then one line in this time, which says how many there were since the last. At least 1
  /// ns; Duration::max(): none.
  Duration log_period = std::chrono::seconds(10);
  /// While the system stops: what is queued then is dropped, as a rule.
  bool log_while_stopping = true;
};

/// A dropped message. A copy: valid anywhere.
struct DeadLetter {
  std::uint64_t number = 0;  ///< With `core`, names the letter: from 1 up on each core.
  std::uint16_t core = 0;    ///< That dropped it.
  Time at;                   ///< By the clock of that core.
  DropReason reason{};
  bool to_topic = false;  ///< For all subscribers of one core; `key` is the topic's name.
  bool is_ask = false;    ///< Its asker was told at once; so it is not sent again.
  std::uint16_t kind = 0;
  std::uint32_t protocol = 0;
  Address target;  ///< Of a keyed actor: the core alone.
  std::uint64_t key_type =
      0;  ///< Of a keyed actor or a topic; 0 otherwise, and if it was never written.
  std::string key;
  std::uint32_t bytes = 0;    ///< Of the whole frame; 0: it never became one.
  std::uint32_t replays = 0;  ///< How often it was sent again.
  bool has_content = false;
  /// The payload: Cap'n Proto, one segment.
  std::vector<protocols::Word> content;

  /// The contract's names, "sample.Counter" and "add"; "unknown" if this program has none.
  const char* type_name() const;
  const char* kind_name() const;
  /// One line for a person.
  std::string text() const;

  /// As A's behaviour would have received it, to read its fields; none if it is of another protocol
  /// or without content. An ask cannot be answered any more. Call on a core.
  template <class A>
  std::optional<typename A::Message> message() const {
    if (A::kProtocol != protocol || !has_content) return std::nullopt;
    return typename A::Message(Delivery{new_frame(), kind});
  }

 private:
  protocols::Frame* new_frame() const;
};

/// Which letters: those that fulfil all of it. A default one is for all.
struct DeadLetterFilter {
  std::optional<DropReason> reason = {};
  std::optional<std::uint32_t> protocol = {};  ///< A::kProtocol
  std::optional<std::uint16_t> kind = {};
  std::optional<Address> target = {};
  std::optional<std::string> key = {};  ///< Of a keyed actor, encoded.
  Duration older_than = Duration(0);
  Duration younger_than = Duration::max();
  /// Only what replay() would take.
  bool replayable = false;
  /// Letters, at most: the oldest that fit. Of each core, where several are asked.
  std::size_t limit = 1000;
};

/// What one replay of many did.
struct Replays {
  std::uint64_t sent = 0;
  /// Letters that fit the filter and were not sent: without content, of an ask, sent too often, or
  /// without room on the way.
  std::uint64_t refused = 0;
};

/// What became of letters, ever. Thread: owner core only.
struct DeadLetterCounters {
  std::uint64_t letters = 0;    ///< Drops, as the ledger counts them.
  std::uint64_t forgotten = 0;  ///< Letters that made room for newer ones.
  std::uint64_t without_content =
      0;  ///< Of them and those kept: the content was not, or no longer.
  std::uint64_t replayed = 0;
  std::uint64_t log_lines = 0;
};

/// Thread: owner core only; dead_letters() asks all cores. Allocates when it grows to its limits.
class DeadLetters {
 public:
  DeadLetters(Core& core, const DeadLetterOptions& options);

  /// The drop of `frame`, which has been settled. For Core::drop().
  void add(const protocols::Frame& frame, DropReason reason, unsigned target_core);
  /// The drop of what never became a frame.
  void add_unsent(DropReason reason, std::uint32_t protocol, std::uint16_t kind, Address target);

  std::size_t size() const { return letters_.size(); }
  std::size_t content_bytes() const { return content_bytes_; }
  const DeadLetterCounters& counters() const { return counters_; }

  /// Copies, oldest first.
  std::vector<DeadLetter> list(const DeadLetterFilter& filter = {}) const;

  /// Sends letter `number` again to whom it was for, as a tell of the current code: a new message,
  /// which the ledger counts, and which may be dropped again (then its letter has the replays of
  /// this one, if it is dropped on this core at once). Ok: it was sent. Errors: kClosed, there is
  /// no such letter any more; kInvalidArgument, an ask (its asker was told), a topic's, or without
  /// content; kOverloaded, sent again replays_max times; kLaneFull, no room on the way: not
  /// counted.
  Status replay(std::uint64_t number);
  /// To another actor, of the same protocol; kInvalidArgument otherwise.
  template <class A>
  Status replay(std::uint64_t number, const Ref<A>& to) {
    return replay_to(number, A::kProtocol, to.target());
  }
  /// All that fit the filter, in the order in which they were dropped; at most filter.limit.
  Replays replay(const DeadLetterFilter& filter);

  /// Forgets those that fit the filter; how many. For letters that were dealt with.
  std::size_t discard(const DeadLetterFilter& filter);
  /// One of them; false if it was forgotten already.
  bool discard(std::uint64_t number);

 private:
  DeadLetter& enter(DropReason reason);
  void keep_content(DeadLetter& letter, const protocols::Frame& frame);
  void forget_content(DeadLetter& letter);
  /// Logs and publishes.
  void finish();
  void log(const DeadLetter& letter);
  bool fits(const DeadLetter& letter, const DeadLetterFilter& filter, Time now) const;
  DeadLetter* find(std::uint64_t number);
  template <class Target>
  Status send(DeadLetter& letter, const Target& target);
  template <class Target>
  Status replay_to(std::uint64_t number, std::uint32_t protocol, const Target& target);
  Status refusal(const DeadLetter& letter) const;

  Core& core_;
  const DeadLetterOptions options_;
  std::deque<DeadLetter> letters_;  // by number
  std::size_t emptied_ = 0;         // so many of the oldest have no content
  std::size_t content_bytes_ = 0;
  DeadLetterCounters counters_;
  std::uint32_t replays_now_ = 0;  // of the letter that is being sent again
  std::uint64_t silent_ = 0;       // drops since the last line
  Time log_again_at_{};
};

}  // namespace troupe

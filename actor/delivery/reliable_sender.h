// ReliableSender: asks that are repeated until somebody has answered: at-least-once delivery.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "actor/ask.h"
#include "base/combine.h"
#include "base/condition.h"
#include "base/result.h"
#include "base/task.h"
#include "base/time.h"

namespace troupe {

/// What a receiver tells repetitions by (Deduplicator): who sends, and its how manieth message. Two
/// fields of the message, u64 each.
struct DeliveryId {
  std::uint64_t sender = 0;  ///< Drawn by chance, by each ReliableSender.
  std::uint64_t number = 0;  ///< From 1 up.

  friend bool operator==(const DeliveryId&, const DeliveryId&) = default;
};

struct ReliableOptions {
  /// Messages from the oldest unacknowledged one to the newest, at most; more are refused. A
  /// receiver's window is at least as large (DeduplicatorOptions::window).
  std::size_t unacknowledged_max = 256;
  /// How long one attempt waits for the answer.
  Duration attempt_within = std::chrono::seconds(1);
  /// Attempts for one message, at most, at least 1; then it is given up.
  std::uint32_t attempts_max = 10;
  /// Between two attempts: `retry_least`, then twice as long each time, up to `retry_most`; each
  /// longer by chance, by up to `jitter` of it (0 to 1).
  Duration retry_least = std::chrono::milliseconds(100);
  Duration retry_most = std::chrono::seconds(10);
  double jitter = 0.2;
  /// One message is sent once those before it are acknowledged or given up. Otherwise several are
  /// under way at once, and arrive in any order.
  bool in_order = false;
};

/// What became of its messages. Thread: owner core only.
struct ReliableCounters {
  std::uint64_t accepted = 0;
  std::uint64_t attempts = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t given_up = 0;
};

/// Numbers messages to one receiver and keeps each until it is answered, so that it can be sent
/// again, also by the next behaviour after a restart: it lives beside the behaviour, as a start
/// argument.
///
///     auto sender = std::make_shared<ReliableSender>();
///     auto done = co_await deliver(sender, [to](DeliveryId id, Deadline by) {
///       return to.ask(by).deposit(id.sender, id.number, 100);
///     });
///
/// The acknowledgement is the receiver's answer, since only it can say that something was done; a
/// refusal of the contract is one too. Together with a Deduplicator there, which is as old as the
/// state it guards, each effect happens exactly once as long as both are in memory. A process that
/// ends loses both: what is to survive that belongs into a journal.
///
/// One for each pair of sender and receiver: numbers, order and limits are those of the pair.
/// Thread: the core it was made on.
class ReliableSender {
 public:
  using Attempt = std::function<Task<Status>(DeliveryId, Deadline)>;

  explicit ReliableSender(ReliableOptions options = {});
  ReliableSender(const ReliableSender&) = delete;
  ReliableSender& operator=(const ReliableSender&) = delete;

  std::uint64_t id() const { return id_; }
  const ReliableOptions& options() const { return options_; }
  /// Accepted, and neither acknowledged nor given up.
  std::size_t unacknowledged() const { return open_.size(); }
  const ReliableCounters& counters() const { return counters_; }

  // ---- for deliver() and redeliver() ----

  /// Gives a message its number and keeps it. Error: kOverloaded (unacknowledged_max).
  Result<std::uint64_t> accept(Attempt attempt);
  /// Awaits its turn, if there is an order, then sends it until it is answered or given up.
  /// `attempt`: instead of the one it was accepted with, if it is not empty.
  static Task<Status> run(std::shared_ptr<ReliableSender> sender, std::uint64_t number,
                          Attempt attempt);
  /// The oldest that nobody sends now and whose number is at least this; none if there is none.
  std::optional<std::uint64_t> idle_from(std::uint64_t number) const;

 private:
  class UnderWay;
  struct Open {
    Attempt attempt;
    std::uint32_t attempts = 0;
    bool under_way = false;
  };

  static Task<Status> await_turn(std::shared_ptr<ReliableSender> sender, std::uint64_t number);
  static Task<Status> send(std::shared_ptr<ReliableSender> sender, std::uint64_t number,
                           Attempt attempt);
  bool is_turn_of(std::uint64_t number) const;
  Duration delay_after(std::uint32_t attempts);
  void close(std::uint64_t number, std::uint64_t& counter);

  const std::uint64_t id_;
  const ReliableOptions options_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Open> open_;
  Condition turn_;
  ReliableCounters counters_;
};

namespace detail {

/// Of Ask<R>: R.
template <class Ask>
struct RepliedBy;
template <class R>
struct RepliedBy<Ask<R>> {
  using Type = R;
};
template <class Send>
using ReplyTo = typename RepliedBy<std::invoke_result_t<Send&, DeliveryId, Deadline>>::Type;

/// Asks once; the answer goes to `into`, which the caller's frame owns, unless that is null.
template <class Send>
Task<Status> attempt_once(Send send, DeliveryId id, Deadline deadline,
                          std::optional<Result<ReplyTo<Send>>>* into) {
  auto answer = co_await send(id, deadline);
  const Status status = answer ? ok() : Status(answer.error());
  if (into != nullptr) into->emplace(std::move(answer));
  co_return status;
}

}  // namespace detail

/// Sends a message until the receiver answers: `send(id, deadline)` makes the ask, each time anew.
/// The Result of the answer. Errors: those of the contract; kOverloaded, it was not accepted; the
/// one of the last attempt, with the attempts as its detail, when it was given up: it may or may
/// not have been handled; kUnsupported, kTooLarge and such as no repetition cures; kCancelled or
/// kStopping, the caller ends: the message stays, for redeliver().
///
/// The deadline of the calling behaviour's message applies to the attempts too: what is to go on
/// beyond it runs beside the behaviour (Self::pipe).
template <class Send>
Task<Result<detail::ReplyTo<Send>>> deliver(std::shared_ptr<ReliableSender> sender, Send send) {
  using Reply = detail::ReplyTo<Send>;
  auto number = sender->accept([send](DeliveryId id, Deadline deadline) {
    return detail::attempt_once<Send>(send, id, deadline, nullptr);
  });
  if (!number) co_return number.error();
  std::optional<Result<Reply>> answer;
  ReliableSender::Attempt attempt = [send, into = &answer](DeliveryId id, Deadline deadline) {
    return detail::attempt_once<Send>(send, id, deadline, into);
  };
  const Status done = co_await ReliableSender::run(sender, *number, std::move(attempt));
  if (!done) co_return done.error();
  co_return std::move(*answer);
}

/// How the messages that were left over ended.
struct Redelivered {
  std::uint64_t acknowledged = 0;
  std::uint64_t failed = 0;  ///< Given up, or refused.
  std::uint64_t open = 0;    ///< The caller was cancelled; they stay.
};

/// Sends what nobody sends any more, since the behaviour that did has ended: for the next one.
/// Their answers are not seen by anybody. With an order, one after the other; otherwise all at
/// once.
Task<Redelivered> redeliver(std::shared_ptr<ReliableSender> sender);

}  // namespace troupe

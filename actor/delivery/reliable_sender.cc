#include "actor/delivery/reliable_sender.h"

#include <algorithm>
#include <vector>

#include "actor/core.h"
#include "io/sleep.h"

namespace troupe {

namespace {

/// The caller ends, and the message stays.
bool is_own_end(const Error& error) {
  return error.is(Code::kCancelled) || error.is(Code::kStopping);
}

/// Nothing that another attempt could change; and what the contract says is an answer.
bool is_final(const Error& error) {
  return error.is(Code::kDenied) || error.is(Code::kUnsupported) || error.is(Code::kTooLarge) ||
         error.is(Code::kInvalidArgument) || error.is(Code::kMalformed) ||
         error.is(Code::kWouldDeadlock);
}

}  // namespace

/// While it lives, somebody sends the message.
class ReliableSender::UnderWay {
 public:
  UnderWay(std::shared_ptr<ReliableSender> sender, std::uint64_t number)
      : sender_(std::move(sender)), number_(number) {
    sender_->open_.at(number_).under_way = true;
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  ~UnderWay() {
    const auto found = sender_->open_.find(number_);
    if (found != sender_->open_.end()) found->second.under_way = false;
    sender_->turn_.notify_all();
  }

 private:
  std::shared_ptr<ReliableSender> sender_;
  std::uint64_t number_;
};

ReliableSender::ReliableSender(ReliableOptions options)
    : id_(Core::current().random.next()), options_(options) {
  TROUPE_CHECK(options_.attempts_max > 0 && options_.unacknowledged_max > 0,
               "a ReliableSender makes at least one attempt, for at least one message");
}

Result<std::uint64_t> ReliableSender::accept(Attempt attempt) {
  // From the oldest on: a receiver whose window is as large knows all that may come again.
  if (!open_.empty() && last_ + 1 - open_.begin()->first >= options_.unacknowledged_max) {
    return Error(Code::kOverloaded, options_.unacknowledged_max, "unacknowledged messages");
  }
  ++counters_.accepted;
  open_[++last_].attempt = std::move(attempt);
  return last_;
}

std::optional<std::uint64_t> ReliableSender::idle_from(std::uint64_t number) const {
  for (auto each = open_.lower_bound(number); each != open_.end(); ++each) {
    if (!each->second.under_way) return each->first;
  }
  return std::nullopt;
}

bool ReliableSender::is_turn_of(std::uint64_t number) const {
  return !options_.in_order || open_.empty() || open_.begin()->first >= number ||
         !open_.begin()->second.under_way;
}

// Those before it that nobody sends, since their behaviour is gone, are sent by whoever comes
// first.
Task<Status> ReliableSender::await_turn(std::shared_ptr<ReliableSender> sender,
                                        std::uint64_t number) {
  ReliableSender* const own = sender.get();
  while (own->options_.in_order && own->open_.begin()->first < number) {
    const std::uint64_t oldest = own->open_.begin()->first;
    if (!own->open_.begin()->second.under_way) {
      const Status sent = co_await send(sender, oldest, {});
      if (!sent && is_own_end(sent.error())) co_return sent;
      continue;
    }
    auto waited = co_await own->turn_.wait([own, number] { return own->is_turn_of(number); });
    if (!waited) co_return waited;
  }
  co_return ok();
}

Task<Status> ReliableSender::run(std::shared_ptr<ReliableSender> sender, std::uint64_t number,
                                 Attempt attempt) {
  const UnderWay until_end(sender, number);
  const Status turn = co_await await_turn(sender, number);
  if (!turn) co_return turn;
  const Status done = co_await send(sender, number, std::move(attempt));
  co_return done;
}

Task<Status> ReliableSender::send(std::shared_ptr<ReliableSender> sender, std::uint64_t number,
                                  Attempt attempt) {
  const UnderWay until_end(sender, number);
  ReliableSender* const own = sender.get();
  if (!attempt) attempt = own->open_.at(number).attempt;
  for (;;) {
    const std::uint32_t attempts = ++own->open_.at(number).attempts;
    ++own->counters_.attempts;
    const Status answered =
        co_await attempt(DeliveryId{own->id_, number}, within(own->options_.attempt_within));
    if (answered || is_final(answered.error())) {
      own->close(number, own->counters_.acknowledged);
      co_return answered;
    }
    if (is_own_end(answered.error())) co_return answered;
    if (attempts >= own->options_.attempts_max) {
      own->close(number, own->counters_.given_up);
      co_return Error(answered.error().code(), attempts,
                      "given up after so many attempts; it may have been handled");
    }
    const Status slept = co_await io::sleep_for(own->delay_after(attempts));
    if (!slept) co_return slept;
  }
}

Duration ReliableSender::delay_after(std::uint32_t attempts) {
  Duration delay = options_.retry_least;
  for (std::uint32_t i = 1; i < attempts && delay < options_.retry_most; ++i) delay *= 2;
  delay = std::min(delay, options_.retry_most);
  const auto more = static_cast<std::uint64_t>(static_cast<double>(delay.count()) *
                                               std::clamp(options_.jitter, 0.0, 1.0));
  if (more == 0) return delay;
  return delay + Duration(static_cast<Duration::rep>(Core::current().random.below(more + 1)));
}

void ReliableSender::close(std::uint64_t number, std::uint64_t& counter) {
  ++counter;
  open_.erase(number);
  turn_.notify_all();
}

Task<Redelivered> redeliver(std::shared_ptr<ReliableSender> sender) {
  Redelivered done;
  std::vector<Task<Status>> under_way;
  std::uint64_t next = 0;
  while (const std::optional<std::uint64_t> number = sender->idle_from(next)) {
    next = *number + 1;
    under_way.push_back(ReliableSender::run(sender, *number, {}));
  }
  if (under_way.empty()) co_return done;
  auto ended = co_await all_of(std::move(under_way));
  for (const Status& each : ended) {
    if (each) {
      ++done.acknowledged;
    } else if (is_own_end(each.error())) {
      ++done.open;
    } else {
      ++done.failed;
    }
  }
  co_return done;
}

}  // namespace troupe

// One payment: four phases, and in each a behaviour that knows only what it needs.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "actor/actor.h"
#include "examples/payments/payments.actor.h"

namespace payments {

/// Who may wait for the same authorization at once.
inline constexpr std::size_t kAskersMax = 8;

/// How a payment calls the processor.
struct Patience {
  troupe::Duration attempt = std::chrono::milliseconds(50);
  troupe::Duration pause = std::chrono::milliseconds(5);  ///< Longer after each attempt.
  int attempts_max = 5;
};

/// An Order that outlives its message.
struct OwnedOrder {
  explicit OwnedOrder(const Order& order)
      : cents(order.cents), currency(order.currency), card(order.card) {}

  Order view() const { return Order{cents, currency, card}; }
  bool is(const Order& other) const {
    return cents == other.cents && currency == other.currency && card == other.card;
  }

  std::uint64_t cents;
  std::string currency;
  std::string card;
};

/// What the network has approved.
struct Approval {
  OwnedOrder order;
  std::string code;
};

/// What was given back of a captured payment. Plain data, tested without an actor.
class Refunds {
 public:
  explicit Refunds(std::uint64_t captured) : left_(captured) {}

  std::uint64_t left() const { return left_; }
  /// False: there is not so much left, and the number is still free. A number that was seen before
  /// moves nothing, whatever the amount.
  bool give_back_once(std::uint64_t number, std::uint64_t cents) {
    if (given_.contains(number)) return true;
    if (cents > left_) return false;
    given_.emplace(number, cents);
    left_ -= cents;
    return true;
  }

 private:
  std::uint64_t left_;
  std::unordered_map<std::uint64_t, std::uint64_t> given_;  // by refund number
};

troupe::Behavior idle(Payment::Self self, Patience patience);
/// Keeps the right to answer `first` until the processor has answered.
troupe::Behavior authorizing(Payment::Self self, Patience patience, OwnedOrder order,
                             troupe::Ref<Processor> processor, Gateway::AuthorizeReplyTo first);
troupe::Behavior authorized(Payment::Self self, Approval approval);
troupe::Behavior captured(Payment::Self self, Approval approval, Refunds refunds);

}  // namespace payments

#include <string>
#include <unordered_map>
#include <utility>

#include "examples/payments/gateway.h"
#include "examples/payments/payment.h"

namespace payments {

using troupe::Behavior;
using troupe::CoreContext;
using troupe::Duration;
using troupe::Ref;
using troupe::Status;
using troupe::Task;

namespace {

/// Money on cards, once for each payment. Thread: the network's core.
class Holds {
 public:
  Verdict hold_once(std::string_view payment, const Order& order, std::string& code) {
    const auto known = approvals_.find(std::string(payment));
    if (known != approvals_.end()) {
      if (!known->second.order.is(order)) return Verdict::kOtherOrder;
      ++repeated;
      code = known->second.code;
      return Verdict::kApproved;
    }
    if (declines(order.card)) return Verdict::kDeclined;
    code = "A" + std::to_string(approvals_.size() + 1);
    approvals_.emplace(payment, Approval{OwnedOrder(order), code});
    cents_ += order.cents;
    return Verdict::kApproved;
  }
  std::uint64_t held(std::string_view payment) const {
    const auto known = approvals_.find(std::string(payment));
    return known == approvals_.end() ? 0 : known->second.order.cents;
  }
  std::uint64_t count() const { return approvals_.size(); }
  std::uint64_t cents() const { return cents_; }

  std::uint64_t repeated = 0;  ///< Calls for what was held already.
  std::uint64_t lost = 0;      ///< Answers that were not given.

 private:
  std::unordered_map<std::string, Approval> approvals_;  // by payment; never iterated
  std::uint64_t cents_ = 0;
};

Task<Status> answer_later(Ref<Processor> back, std::uint64_t call, Verdict verdict,
                          std::string code, Duration latency) {
  auto slept = co_await troupe::sleep_for(latency);
  if (slept) back.tell().answered(call, verdict, code);
  co_return slept;
}

}  // namespace

Behavior network(Network::Self self, Faults faults) {
  Holds holds;
  // Beyond the limit the network takes no further call until an answer has gone.
  troupe::Scope answers({.on_failure = troupe::OnFailure::kCollect, .children_max = kCallsMax});
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Network::Kind::kStop: {
        answers.cancel();
        (void)co_await answers.join();
        co_return;
      }
      case Network::Kind::kUnknown:
        break;
      case Network::Kind::kHold: {
        auto request = msg.hold();
        std::string code;
        const Verdict verdict = holds.hold_once(request.payment(), request.order(), code);
        troupe::Random& random = CoreContext::current().random;
        if (faults.lose_one_in != 0 && random.one_in(faults.lose_one_in)) {
          ++holds.lost;
          break;
        }
        const auto most = static_cast<std::uint64_t>(faults.latency_max.count());
        const Duration latency(static_cast<std::int64_t>(random.below(most + 1)));
        co_await answers.start(
            answer_later(request.back(), request.call(), verdict, std::move(code), latency));
        break;
      }
      case Network::Kind::kHeld:
        msg.held().reply(holds.held(msg.held().payment()));
        break;
      case Network::Kind::kTotals:
        msg.totals().reply(holds.count(), holds.cents(), holds.repeated, holds.lost);
        break;
    }
  }
}

}  // namespace payments

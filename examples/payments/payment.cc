#include "examples/payments/payment.h"

#include <utility>
#include <vector>

namespace payments {

using troupe::Behavior;
using troupe::Code;
using troupe::Ref;
using troupe::Status;
using troupe::Task;
using troupe::within;

namespace {

/// Asks the processor until it says something, and tells the payment. Runs beside the behaviour,
/// which receives meanwhile.
Task<Status> call_processor(std::string id, OwnedOrder order, Ref<Processor> processor,
                            Patience patience) {
  Verdict verdict = Verdict::kUnavailable;
  std::string code;
  for (int attempt = 1; attempt <= patience.attempts_max; ++attempt) {
    // Whatever went wrong, the network may have held the money: the same call, under the same id.
    auto answer = co_await processor.ask(within(patience.attempt)).authorize(id, order.view());
    if (answer) {
      verdict = answer->verdict();
      code = answer->code();
      break;
    }
    auto paused = co_await troupe::sleep_for(patience.pause * attempt);
    if (!paused) co_return paused;  // the payment ends
  }
  // Not tell(): a full mailbox would drop it, and the payment would wait for ever.
  auto told = co_await Ref<Payment>(id).tell_or_wait().processed(verdict, code);
  co_return told;
}

/// An order for a payment that has one: answered again if it is the same.
void authorize_again(Payment::Authorize request, const Approval& approval) {
  auto answer = request.take_answer();
  if (approval.order.is(request.order())) {
    answer.reply(approval.code);
  } else {
    answer.deny(Refusal::kOtherOrder);
  }
}

void answer_all(std::vector<Gateway::AuthorizeReplyTo>& asked, Verdict verdict,
                std::string_view code) {
  for (Gateway::AuthorizeReplyTo& answer : asked) {
    switch (verdict) {
      case Verdict::kApproved:
        answer.reply(code);
        break;
      case Verdict::kDeclined:
        answer.deny(Refusal::kDeclined);
        break;
      case Verdict::kOtherOrder:
        answer.deny(Refusal::kOtherOrder);
        break;
      case Verdict::kUnavailable:
        answer.deny(Refusal::kUnavailable);
        break;
    }
  }
}

}  // namespace

Behavior idle(Payment::Self self, Patience patience) {
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Payment::Kind::kStop:
        co_return;
      case Payment::Kind::kUnknown:
      case Payment::Kind::kProcessed:
        break;
      case Payment::Kind::kAuthorize: {
        auto request = msg.authorize();
        co_await self.become(authorizing, patience, OwnedOrder(request.order()),
                             request.processor(), request.take_answer());
        break;
      }
      case Payment::Kind::kCapture:
        msg.capture().take_answer().deny(Refusal::kNotAuthorized);
        break;
      case Payment::Kind::kRefund:
        msg.refund().take_answer().deny(Refusal::kNotCaptured);
        break;
      case Payment::Kind::kLook:
        msg.look().reply(Phase::kIdle, 0, 0);
        break;
    }
  }
}

Behavior authorizing(Payment::Self self, Patience patience, OwnedOrder order,
                     Ref<Processor> processor, Gateway::AuthorizeReplyTo first) {
  std::vector<Gateway::AuthorizeReplyTo> asked;
  asked.push_back(std::move(first));
  troupe::Scope calls;
  co_await calls.start(call_processor(std::string(self.key()), order, processor, patience));
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Payment::Kind::kStop: {
        calls.cancel();
        (void)co_await calls.join();
        co_return;
      }
      case Payment::Kind::kUnknown:
        break;
      case Payment::Kind::kAuthorize: {
        auto request = msg.authorize();
        auto answer = request.take_answer();
        if (!order.is(request.order())) {
          answer.deny(Refusal::kOtherOrder);
        } else if (asked.size() == kAskersMax) {
          answer.deny(Refusal::kBusy);
        } else {
          asked.push_back(std::move(answer));
        }
        break;
      }
      case Payment::Kind::kCapture:
        msg.capture().take_answer().deny(Refusal::kNotAuthorized);
        break;
      case Payment::Kind::kRefund:
        msg.refund().take_answer().deny(Refusal::kNotCaptured);
        break;
      case Payment::Kind::kLook:
        msg.look().reply(Phase::kAuthorizing, order.cents, 0);
        break;
      case Payment::Kind::kProcessed: {
        auto processed = msg.processed();
        answer_all(asked, processed.verdict(), processed.code());
        (void)co_await calls.join();  // it has told, and ends
        if (processed.verdict() != Verdict::kApproved) co_await self.become(idle, patience);
        Approval approval{std::move(order), std::string(processed.code())};
        co_await self.become(authorized, std::move(approval));
        break;
      }
    }
  }
}

Behavior authorized(Payment::Self self, Approval approval) {
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Payment::Kind::kStop:
        co_return;
      case Payment::Kind::kUnknown:
      case Payment::Kind::kProcessed:
        break;
      case Payment::Kind::kAuthorize:
        authorize_again(msg.authorize(), approval);
        break;
      case Payment::Kind::kCapture: {
        const std::uint64_t cents = approval.order.cents;
        msg.capture().take_answer().reply(cents);
        co_await self.become(captured, std::move(approval), Refunds(cents));
        break;
      }
      case Payment::Kind::kRefund:
        msg.refund().take_answer().deny(Refusal::kNotCaptured);
        break;
      case Payment::Kind::kLook:
        msg.look().reply(Phase::kAuthorized, approval.order.cents, 0);
        break;
    }
  }
}

Behavior captured(Payment::Self self, Approval approval, Refunds refunds) {
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Payment::Kind::kStop:
        co_return;
      case Payment::Kind::kUnknown:
      case Payment::Kind::kProcessed:
        break;
      case Payment::Kind::kAuthorize:
        authorize_again(msg.authorize(), approval);
        break;
      case Payment::Kind::kCapture:
        msg.capture().take_answer().reply(approval.order.cents);
        break;
      case Payment::Kind::kRefund: {
        auto request = msg.refund();
        auto answer = request.take_answer();
        if (refunds.give_back_once(request.refund(), request.cents())) {
          answer.reply(refunds.left());
        } else {
          answer.deny(Refusal::kTooMuch);
        }
        break;
      }
      case Payment::Kind::kLook:
        msg.look().reply(Phase::kCaptured, approval.order.cents,
                         approval.order.cents - refunds.left());
        break;
    }
  }
}

}  // namespace payments

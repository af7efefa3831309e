#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "examples/payments/gateway.h"

namespace payments {

using troupe::Behavior;
using troupe::CoreContext;
using troupe::Ref;

namespace {

/// The rights to answer, by call: calls go up, and so do their deadlines.
using OpenCalls = std::map<std::uint64_t, Processor::AuthorizeReplyTo>;

void forget_those_nobody_awaits(OpenCalls& open, troupe::Time now) {
  while (!open.empty() && open.begin()->second.deadline().reached(now)) open.erase(open.begin());
}

}  // namespace

Behavior processor(Processor::Self self, Ref<Network> network, std::uint32_t crash_one_in) {
  // What the network answers to an earlier life is nobody's: numbers do not come again.
  std::uint64_t call = self.restarts() << 32;
  OpenCalls open;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Processor::Kind::kStop:
        co_return;
      case Processor::Kind::kUnknown:
        break;
      case Processor::Kind::kAuthorize: {
        auto request = msg.authorize();
        // It may have waited through a back-off.
        if (request.deadline().reached(self.now())) break;
        if (crash_one_in != 0 && CoreContext::current().random.one_in(crash_one_in)) {
          // The kept rights go with this behaviour: all who wait hear no_reply at once.
          throw std::runtime_error("the connection to the card network was lost");
        }
        forget_those_nobody_awaits(open, self.now());
        if (open.size() == kCallsMax) break;  // no_reply: to be tried again
        network.tell().hold(++call, request.payment(), request.order(), self.ref());
        open.emplace(call, request.take_reply());
        break;
      }
      case Processor::Kind::kAnswered: {
        auto answered = msg.answered();
        const auto found = open.find(answered.call());
        if (found == open.end()) break;
        found->second.reply(answered.verdict(), answered.code());
        open.erase(found);
        break;
      }
      case Processor::Kind::kReport: {
        const troupe::Failure* failure = self.last_failure();
        msg.report().reply(self.restarts(),
                           failure != nullptr ? std::string_view(failure->what()) : "");
        break;
      }
    }
  }
}

}  // namespace payments

#include "examples/payments/gateway.h"

#include "examples/payments/payment.h"

namespace payments {

using troupe::Behavior;
using troupe::Ref;

Behavior gateway(Gateway::Self self, Ref<Network> network, std::uint32_t crash_one_in) {
  // It may fail as often as it likes: the back-off says how often that is.
  const troupe::Supervision supervision{.limit = troupe::RestartLimit::none(),
                                        .backoff = kProcessorBackoff};
  const auto through = self.spawn<Processor>({.name = "processor", .supervision = supervision},
                                             processor, network, crash_one_in);
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Gateway::Kind::kStop:
        co_return;
      case Gateway::Kind::kUnknown:
        break;
      case Gateway::Kind::kAuthorize: {
        auto request = msg.authorize();
        const Ref<Payment> payment(request.payment());
        payment.tell().authorize(request.order(), through, request.take_reply());
        break;
      }
      case Gateway::Kind::kCapture: {
        auto request = msg.capture();
        const Ref<Payment> payment(request.payment());
        payment.tell().capture(request.take_reply());
        break;
      }
      case Gateway::Kind::kRefund: {
        auto request = msg.refund();
        const Ref<Payment> payment(request.payment());
        payment.tell().refund(request.refund(), request.cents(), request.take_reply());
        break;
      }
      case Gateway::Kind::kProcessor:
        msg.processor().reply(through);
        break;
    }
  }
}

}  // namespace payments

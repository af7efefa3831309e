#include "examples/kv/reception.h"

#include <utility>
#include <vector>

namespace kv {

using troupe::Behavior;
using troupe::Ref;

namespace {

/// Who is told of each change. One that is lost is made up for by the next.
class Informed {
 public:
  void add(Ref<Acceptor> acceptor) { acceptors_.push_back(acceptor); }
  void tell(std::uint32_t clients) const {
    for (const Ref<Acceptor>& acceptor : acceptors_) acceptor.tell().clients(clients);
  }

 private:
  std::vector<Ref<Acceptor>> acceptors_;
};

}  // namespace

Behavior reception(Reception::Self self, std::uint32_t clients_max) {
  Informed informed;
  std::uint32_t clients = 0;
  std::int64_t next_id = 1;
  std::vector<Reception::EmptiedReplyTo> waiting;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Reception::Kind::kStop:
        co_return;
      case Reception::Kind::kUnknown:
        break;
      case Reception::Kind::kEnter:
        if (clients >= clients_max) {
          msg.enter().reply(false, 0, clients);
          break;
        }
        // Its end is never lost, whatever else is: so the count is right.
        self.watch(msg.enter().who());
        msg.enter().reply(true, next_id++, ++clients);
        informed.tell(clients);
        break;
      case Reception::Kind::kDown:
        informed.tell(--clients);
        if (clients == 0) {
          for (auto& reply : std::exchange(waiting, {})) reply.reply();
        }
        break;
      case Reception::Kind::kInform:
        informed.add(msg.inform().acceptor());
        msg.inform().reply(clients);
        break;
      case Reception::Kind::kEmptied:
        if (clients == 0) {
          msg.emptied().reply();
        } else {
          waiting.push_back(msg.emptied().take_reply());
        }
        break;
    }
  }
}

}  // namespace kv

// A program of somebody else's workspace.
#include <chrono>
#include <cstdint>
#include <cstdio>

#include "actor/actor.h"
#include "till.actor.h"

using namespace troupe;
using namespace std::chrono_literals;

Behavior till(shop::Till::Self self) {
  std::int64_t total = 0;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case shop::Till::Kind::kStop:
        co_return;
      case shop::Till::Kind::kUnknown:
        break;
#if !defined(FORGETFUL)
      case shop::Till::Kind::kSell:
        total += msg.sell().cents();
        break;
#endif
      case shop::Till::Kind::kTotal:
        msg.total().reply(total);
        break;
    }
  }
}

Task<Status> shop_main(Root root) {
  auto desk = root.spawn<shop::Till>(till);
  desk.tell().sell(250);
  desk.tell().sell(125);
  auto answer = co_await desk.ask(within(1s)).total();
  if (!answer) co_return answer.error();
  std::printf("sold for %lld cents\n", static_cast<long long>(answer->cents()));
  co_return ok();
}

int main() { return troupe::run(shop_main); }

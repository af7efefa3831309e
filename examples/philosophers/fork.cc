// A fork keeps the right to answer of whoever has to wait for it.
#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "examples/philosophers/dinner.h"

namespace philosophers {

using troupe::Behavior;

namespace {

struct Waiting {
  std::uint32_t philosopher;
  Fork::TakeReplyTo answer;
};

}  // namespace

Behavior fork(Fork::Self self, std::uint32_t) {
  std::optional<std::uint32_t> holder;
  std::uint64_t given = 0;
  std::deque<Waiting> waiting;  // as long as a fork has neighbours: two
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Fork::Kind::kStop:
        co_return;
      case Fork::Kind::kUnknown:
        break;
      case Fork::Kind::kTake:
        waiting.push_back(Waiting{msg.take().philosopher(), msg.take().take_reply()});
        break;
      case Fork::Kind::kPutDown: {
        // Also of one whose wait ended before the answer came: it holds the fork and does not know.
        const std::uint32_t who = msg.put_down().philosopher();
        if (holder == who) holder.reset();
        std::erase_if(waiting, [who](const Waiting& each) { return each.philosopher == who; });
        break;
      }
      case Fork::Kind::kGiven:
        msg.given().reply(given);
        break;
    }
    if (!holder && !waiting.empty()) {
      holder = waiting.front().philosopher;
      waiting.front().answer.reply();
      waiting.pop_front();
      ++given;
    }
  }
}

}  // namespace philosophers

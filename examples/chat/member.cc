#include <map>
#include <stdexcept>
#include <string_view>

#include "examples/chat/chat.h"

namespace chat {

using troupe::Behavior;
using troupe::Ref;
using troupe::within;

Behavior member(Member::Self self, std::vector<std::string> rooms, Manner manner) {
  std::map<std::string, std::uint64_t, std::less<>> next;  // the post expected next, by room
  for (const std::string& name : rooms) {
    auto joined = co_await Ref<Room>(name).ask(within(kJoinPatience)).join(self.ref());
    if (!joined) throw std::runtime_error(name + ": " + joined.error().describe());
    next[name] = joined->next();
  }
  std::uint64_t heard = 0;
  std::uint64_t missed = 0;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Member::Kind::kStop:
        co_return;
      case Member::Kind::kUnknown:
        break;
      case Member::Kind::kHear: {
        auto post = msg.hear();
        ++heard;
        std::uint64_t& expected = next.find(post.room())->second;
        missed += post.number() - expected;
        expected = post.number() + 1;
        if (heard == manner.ends_after) co_return;
        if (heard == manner.leaves_after) {
          for (const std::string& name : rooms) Ref<Room>(name).tell().leave(self.ref());
        }
        if (manner.pause > troupe::Duration(0)) (void)co_await self.sleep_for(manner.pause);
        break;
      }
      case Member::Kind::kLook:
        msg.look().reply(heard, missed);
        break;
    }
  }
}

}  // namespace chat

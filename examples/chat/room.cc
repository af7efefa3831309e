#include <algorithm>

#include "examples/chat/chat.h"

namespace chat {

using troupe::Address;
using troupe::Behavior;
using troupe::Ref;

namespace {

using Members = std::vector<Ref<Member>>;

bool remove(Members& members, Address who) {
  return std::erase_if(members, [who](const Ref<Member>& each) { return each.address() == who; }) !=
         0;
}

bool contains(const Members& members, Address who) {
  return std::any_of(members.begin(), members.end(),
                     [who](const Ref<Member>& each) { return each.address() == who; });
}

}  // namespace

Behavior room(Room::Self self) {
  Members members;
  std::uint64_t posts = 0;
  std::uint64_t copies = 0;
  std::uint64_t ended = 0;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Room::Kind::kStop:
        co_return;
      case Room::Kind::kUnknown:
        break;
      case Room::Kind::kDown:
        if (remove(members, msg.down().who())) ++ended;
        break;
      case Room::Kind::kJoin: {
        const Ref<Member> who = msg.join().member();
        if (!contains(members, who.address())) {
          if (members.size() == kMembersMax) {
            msg.join().deny(Refused::kFull);
            break;
          }
          members.push_back(who);
          self.watch(who);
        }
        msg.join().reply(posts + 1);
        break;
      }
      case Room::Kind::kLeave: {
        const Ref<Member> who = msg.leave().member();
        if (remove(members, who.address())) self.unwatch(who);
        break;
      }
      case Room::Kind::kPost: {
        auto post = msg.post();
        ++posts;
        for (const Ref<Member>& each : members) {
          each.tell().hear(self.key(), posts, post.author(), post.line());
        }
        copies += members.size();
        post.reply(posts, static_cast<std::uint32_t>(members.size()));
        break;
      }
      case Room::Kind::kLook:
        msg.look().reply(static_cast<std::uint32_t>(members.size()), posts, copies, ended);
        break;
    }
  }
}

}  // namespace chat

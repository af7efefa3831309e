// The behaviours of rooms and members.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "actor/actor.h"
#include "examples/chat/chat.actor.h"

namespace chat {

/// Members of one room.
inline constexpr std::size_t kMembersMax = 4096;
/// How long a member waits for a room to let it in.
inline constexpr troupe::Duration kJoinPatience = std::chrono::seconds(30);

/// How a member behaves.
struct Manner {
  /// For each post that it hears; 0: none.
  troupe::Duration pause{};
  /// After so many posts it leaves its rooms, and hears only what is under way; 0: never.
  std::uint64_t leaves_after = 0;
  /// After so many posts it ends, without a word; 0: never.
  std::uint64_t ends_after = 0;
};

troupe::Behavior room(Room::Self self);

/// Joins `rooms` before it listens. Fails if one does not let it in.
troupe::Behavior member(Member::Self self, std::vector<std::string> rooms, Manner manner);

}  // namespace chat

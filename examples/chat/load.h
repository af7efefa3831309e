// A load: members on all cores, posts into random rooms, and where every copy of a post went.
#pragma once

#include <chrono>
#include <cstdint>

#include "actor/actor.h"
#include "examples/chat/chat.h"

namespace chat {

inline constexpr std::uint32_t kRoomsMax = 100'000;
inline constexpr std::uint32_t kAllMembersMax = 1'000'000;
inline constexpr std::uint64_t kPostsMax = 1'000'000'000;
inline constexpr std::uint32_t kLineBytesMax = 64 * 1024;

struct LoadOptions {
  std::uint32_t rooms = 100;
  std::uint32_t members = 2000;  ///< Shared out among the cores.
  std::uint32_t rooms_each = 5;  ///< That a member joins; at most `rooms`.
  std::uint64_t posts = 20'000;  ///< On each core.
  unsigned posters = 4;          ///< Posts that one core has under way at once.
  std::uint32_t line_bytes = 64;
  /// Of the members one in so many is slow, leaves, or ends without a word; 0: none.
  std::uint32_t slow_one_in = 50;
  std::uint32_t leave_one_in = 20;
  std::uint32_t end_one_in = 20;
  /// Of a slow one, for each post.
  troupe::Duration slow_pause = std::chrono::milliseconds(1);
  /// Posts after which those who leave, or end, do.
  std::uint64_t go_after = 100;
};

/// Where the copies went.
struct Traffic {
  std::uint64_t posts = 0;
  std::uint64_t posts_failed = 0;
  std::uint64_t copies = 0;         ///< Sent by the rooms.
  std::uint64_t heard = 0;          ///< By members that live.
  std::uint64_t heard_by_gone = 0;  ///< By members that ended.
  std::uint64_t missed = 0;         ///< As members know it, from gaps in the numbers.
  std::uint64_t missed_by_slow = 0;
  std::uint64_t ended = 0;         ///< Memberships that a death watch removed.
  std::uint64_t members_left = 0;  ///< Memberships at the end.
  std::uint64_t asks_of_gone = 0;  ///< Of the load itself: dropped, though no copy.
  troupe::Duration elapsed{};      ///< Of the posts.
};

/// Copies that the ledger of the finished run says were dropped.
std::uint64_t copies_dropped(const troupe::System& system, const Traffic& traffic);
/// Whether every copy was heard or dropped for a reason that is counted.
bool all_accounted_for(const troupe::System& system, const Traffic& traffic);

/// Serves the rooms. Call before System::run.
void serve_rooms(troupe::System& system);

/// The main task. `traffic` outlives it. Told to end, it posts no more and counts.
troupe::Task<troupe::Status> run_load(troupe::Root root, LoadOptions options, Traffic* traffic);

}  // namespace chat

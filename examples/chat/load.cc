#include "examples/chat/load.h"

#include <string>
#include <utility>
#include <vector>

namespace chat {

using troupe::all_of;
using troupe::Code;
using troupe::CoreContext;
using troupe::DropReason;
using troupe::Duration;
using troupe::Ref;
using troupe::Root;
using troupe::Status;
using troupe::Task;
using troupe::within;

namespace {

constexpr Duration kPatience = std::chrono::minutes(1);

std::string room_name(std::uint64_t number) { return "room-" + std::to_string(number); }

bool one_in(std::uint32_t many, std::uint32_t number) { return many != 0 && number % many == 0; }

bool is_slow(const LoadOptions& options, std::uint32_t number) {
  return one_in(options.slow_one_in, number);
}

Manner manner_of(const LoadOptions& options, std::uint32_t number) {
  Manner manner;
  if (is_slow(options, number)) {
    manner.pause = options.slow_pause;
  } else if (one_in(options.end_one_in, number + 1)) {
    manner.ends_after = options.go_after;
  } else if (one_in(options.leave_one_in, number + 2)) {
    manner.leaves_after = options.go_after;
  }
  return manner;
}

struct Guest {
  std::uint32_t number;
  Ref<Member> member;
};

/// What one core found out about all members.
struct Count {
  std::uint64_t heard = 0;
  std::uint64_t missed = 0;
  std::uint64_t missed_by_slow = 0;
  std::uint64_t gone = 0;
};

/// Asks all members, from this core.
Task<Count> count_guests(std::vector<Guest> guests, LoadOptions options) {
  Count count;
  for (const Guest& guest : guests) {
    auto looked = co_await guest.member.ask(within(kPatience)).look();
    if (!looked) {
      ++count.gone;
      continue;
    }
    count.heard += looked->heard();
    count.missed += looked->missed();
    if (is_slow(options, guest.number)) count.missed_by_slow += looked->missed();
  }
  co_return count;
}

/// The members of one core; returns when they have joined.
Task<std::vector<Guest>> invite(LoadOptions options) {
  const Root here;
  std::vector<Guest> guests;
  for (std::uint32_t number = here.core(); number < options.members; number += here.cores()) {
    std::vector<std::string> rooms;
    for (std::uint32_t i = 0; i < options.rooms_each; ++i) {
      rooms.push_back(room_name((number + std::uint64_t{i} * 7919) % options.rooms));
    }
    guests.push_back(
        Guest{number, here.spawn<Member>(member, std::move(rooms), manner_of(options, number))});
  }
  // A member answers when it has joined its rooms.
  auto joined = co_await count_guests(guests, options);
  if (joined.gone != 0) guests.clear();
  co_return guests;
}

/// Posts of one core that are still to be made, and what became of them.
struct Posting {
  std::uint64_t left;
  std::uint64_t failed = 0;
};

Task<Status> post(LoadOptions options, Posting* posting) {
  const Root here;
  const std::string line(options.line_bytes, '.');
  const std::string author = "core-" + std::to_string(here.core());
  while (posting->left != 0 && !here.stop_requested()) {
    --posting->left;
    const Ref<Room> room(room_name(CoreContext::current().random.below(options.rooms)));
    auto posted = co_await room.ask(within(kPatience)).post(author, line);
    if (!posted) ++posting->failed;
  }
  co_return troupe::ok();
}

/// How many posts of this core failed.
Task<std::uint64_t> post_all(LoadOptions options) {
  Posting posting{options.posts};
  std::vector<Task<Status>> posters;
  for (unsigned i = 0; i < options.posters; ++i) posters.push_back(post(options, &posting));
  (void)co_await all_of(std::move(posters));
  co_return posting.failed;
}

/// post_all() on that core.
Task<std::uint64_t> post_all_on(unsigned core, LoadOptions options) {
  auto failed = co_await Root().on_core(core, post_all, options);
  co_return failed;
}

Task<Status> count_rooms(LoadOptions options, Traffic* traffic) {
  for (std::uint32_t number = 0; number < options.rooms; ++number) {
    const Ref<Room> room(room_name(number));
    auto looked = co_await room.ask(within(kPatience)).look();
    if (!looked) co_return looked.error();
    traffic->posts += looked->posts();
    traffic->copies += looked->copies();
    traffic->ended += looked->ended();
    traffic->members_left += looked->members();
  }
  co_return troupe::ok();
}

}  // namespace

std::uint64_t copies_dropped(const troupe::System& system, const Traffic& traffic) {
  return system.ledger().dropped_total() - traffic.asks_of_gone;
}

bool all_accounted_for(const troupe::System& system, const Traffic& traffic) {
  return traffic.copies == traffic.heard + traffic.heard_by_gone + copies_dropped(system, traffic);
}

void serve_rooms(troupe::System& system) {
  // A passivated room would forget its members.
  system.serve<Room>(room, [](std::string_view) {}, troupe::ServeOptions::never_passivate());
}

Task<Status> run_load(Root root, LoadOptions options, Traffic* traffic) {
  std::vector<Guest> guests;
  for (unsigned core = 0; core < root.cores(); ++core) {
    auto invited = co_await root.on_core(core, invite, options);
    guests.insert(guests.end(), invited.begin(), invited.end());
  }
  if (guests.size() != options.members) {
    co_return troupe::Error(Code::kFailed, options.members - guests.size(), "members not let in");
  }

  const troupe::Time start = root.now();
  std::vector<Task<std::uint64_t>> cores;
  for (unsigned core = 0; core < root.cores(); ++core) {
    cores.push_back(post_all_on(core, options));
  }
  auto failed = co_await all_of(std::move(cores));
  traffic->elapsed = root.now() - start;
  for (std::uint64_t each : failed) traffic->posts_failed += each;

  auto counted = co_await count_rooms(options, traffic);
  if (!counted) co_return counted;
  // From each core: behind what its rooms have sent. The last count has seen everything.
  for (unsigned core = 0; core < root.cores(); ++core) {
    auto count = co_await root.on_core(core, count_guests, guests, options);
    traffic->asks_of_gone += count.gone;
    traffic->heard = count.heard;
    traffic->missed = count.missed;
    traffic->missed_by_slow = count.missed_by_slow;
    traffic->heard_by_gone = count.gone * options.go_after;
  }
  co_return troupe::ok();
}

}  // namespace chat

// chat: posts into rooms with many members, and says where every copy went.
#include <cinttypes>
#include <cstdio>
#include <optional>

#include <CLI/CLI.hpp>

#include "examples/chat/load.h"
#include "examples/command_line/command_line.h"

namespace {

using chat::LoadOptions;
using chat::Traffic;

constexpr int kExitSignal = 128;  // plus its number

/// Fills both; or gives the exit code with which the program ends at once.
std::optional<int> parse(int argc, char** argv, LoadOptions& load, examples::Place& place) {
  CLI::App app("Chat rooms on all cores under load: a post goes to all members of its room.");
  app.add_option("--rooms", load.rooms, "Rooms")
      ->check(CLI::Range(1u, chat::kRoomsMax))
      ->capture_default_str();
  app.add_option("--members", load.members, "Members, shared out among the cores")
      ->check(CLI::Range(1u, chat::kAllMembersMax))
      ->capture_default_str();
  app.add_option("--rooms-each", load.rooms_each, "Rooms that a member joins")
      ->check(CLI::Range(1u, chat::kRoomsMax))
      ->capture_default_str();
  app.add_option("--posts", load.posts, "Posts from each core")
      ->check(CLI::Range(std::uint64_t{1}, chat::kPostsMax))
      ->capture_default_str();
  app.add_option("--posters", load.posters, "Posts that a core has under way at once")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  app.add_option("--line-bytes", load.line_bytes, "Of each post")
      ->check(CLI::Range(0u, chat::kLineBytesMax))
      ->capture_default_str();
  app.add_option("--slow-one-in", load.slow_one_in,
                 "One in so many members needs a millisecond for a post; 0: none")
      ->capture_default_str();
  examples::add_place_options(app, place);
  app.footer(
      "Ctrl-C or SIGTERM: posts no more, and counts; the second ends at once.\nExit code: 0 every "
      "copy was heard or its drop counted, 1 not so or something failed, 2 wrong usage, 130 ended "
      "by Ctrl-C, 143 by SIGTERM.");
  if (const auto code = examples::parse(app, argc, argv, place)) return code;
  if (load.rooms_each > load.rooms) {
    std::fprintf(stderr, "error: --rooms-each: there are %u rooms (see --help)\n", load.rooms);
    return examples::kExitUsage;
  }
  if (std::uint64_t{load.members} * load.rooms_each / load.rooms >= chat::kMembersMax) {
    std::fprintf(stderr, "error: --members: a room has at most %zu; more --rooms, or fewer\n",
                 chat::kMembersMax);
    return examples::kExitUsage;
  }
  place.system.signals = troupe::Signals::kTellMain;
  // Members that are too slow on purpose: their drops are counted below, not warned about.
  place.system.node.log = &troupe::Log::silent();
  return std::nullopt;
}

void print_traffic(const troupe::System& system, const Traffic& traffic) {
  const double seconds = static_cast<double>(traffic.elapsed.count()) / 1e9;
  const double posts = static_cast<double>(traffic.posts);
  const double copies = static_cast<double>(traffic.copies);
  std::printf("posts       %" PRIu64 " in %.3f s, %" PRIu64 " failed\n", traffic.posts, seconds,
              traffic.posts_failed);
  std::printf("copies      %" PRIu64 ", %.1f of each post; %.0f copies/s\n", traffic.copies,
              posts > 0 ? copies / posts : 0.0, seconds > 0 ? copies / seconds : 0.0);
  std::printf("members     %" PRIu64 " memberships at the end, %" PRIu64
              " removed because the member had ended\n",
              traffic.members_left, traffic.ended);
  std::printf("missed      %" PRIu64 " by slow members, %" PRIu64 " by others, as they know it\n",
              traffic.missed_by_slow, traffic.missed - traffic.missed_by_slow);
  std::printf("proof       %" PRIu64 " copies = %" PRIu64 " heard + %" PRIu64
              " heard by those gone + %" PRIu64 " dropped: %s\n",
              traffic.copies, traffic.heard, traffic.heard_by_gone,
              chat::copies_dropped(system, traffic),
              all_accounted_for(system, traffic) ? "none is lost silently" : "SOME ARE LOST");
}

}  // namespace

int main(int argc, char** argv) {
  LoadOptions load;
  examples::Place place;
  if (const std::optional<int> code = parse(argc, argv, load, place)) return *code;

  troupe::System system(place.system);
  chat::serve_rooms(system);
  examples::print_place("chat", place, system);
  Traffic traffic;
  const troupe::Status status = system.run(chat::run_load, load, &traffic);
  if (!status) return system.exit_code(status);
  print_traffic(system, traffic);
  examples::print_messages(place, system, traffic.elapsed);
  if (!all_accounted_for(system, traffic) || traffic.posts_failed != 0) {
    return examples::kExitFailed;
  }
  return system.signal() != 0 ? kExitSignal + system.signal() : 0;
}

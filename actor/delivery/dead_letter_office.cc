#include "actor/delivery/dead_letter_office.h"

#include <iterator>

namespace troupe {

namespace {

Task<std::vector<DeadLetter>> list_here(DeadLetterFilter filter) {
  co_return Core::current().dead_letters.list(filter);
}
Task<Replays> replay_here(DeadLetterFilter filter) {
  co_return Core::current().dead_letters.replay(filter);
}
Task<std::size_t> discard_here(DeadLetterFilter filter) {
  co_return Core::current().dead_letters.discard(filter);
}
Task<Status> replay_one_here(std::uint64_t number) {
  co_return Core::current().dead_letters.replay(number);
}

}  // namespace

Task<std::vector<DeadLetter>> dead_letters(Root root, DeadLetterFilter filter) {
  std::vector<DeadLetter> all;
  auto of_each_core = co_await root.on_all_cores(list_here, filter);
  for (std::vector<DeadLetter>& letters : of_each_core) {
    all.insert(all.end(), std::make_move_iterator(letters.begin()),
               std::make_move_iterator(letters.end()));
  }
  co_return all;
}

Task<Replays> replay_dead_letters(Root root, DeadLetterFilter filter) {
  Replays all;
  const auto of_each_core = co_await root.on_all_cores(replay_here, filter);
  for (const Replays& replays : of_each_core) {
    all.sent += replays.sent;
    all.refused += replays.refused;
  }
  co_return all;
}

Task<std::size_t> discard_dead_letters(Root root, DeadLetterFilter filter) {
  std::size_t all = 0;
  const auto of_each_core = co_await root.on_all_cores(discard_here, filter);
  for (const std::size_t discarded : of_each_core) all += discarded;
  co_return all;
}

Task<Status> replay(Root root, DeadLetter letter) {
  Status sent = co_await root.on_core(letter.core, replay_one_here, letter.number);
  co_return sent;
}

}  // namespace troupe

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
  for (unsigned core = 0; core < root.cores(); ++core) {
    auto letters = co_await root.on_core(core, list_here, filter);
    all.insert(all.end(), std::make_move_iterator(letters.begin()),
               std::make_move_iterator(letters.end()));
  }
  co_return all;
}

Task<Replays> replay_dead_letters(Root root, DeadLetterFilter filter) {
  Replays all;
  for (unsigned core = 0; core < root.cores(); ++core) {
    const Replays replays = co_await root.on_core(core, replay_here, filter);
    all.sent += replays.sent;
    all.refused += replays.refused;
  }
  co_return all;
}

Task<std::size_t> discard_dead_letters(Root root, DeadLetterFilter filter) {
  std::size_t all = 0;
  for (unsigned core = 0; core < root.cores(); ++core) {
    all += co_await root.on_core(core, discard_here, filter);
  }
  co_return all;
}

Task<Status> replay(Root root, DeadLetter letter) {
  Status sent = co_await root.on_core(letter.core, replay_one_here, letter.number);
  co_return sent;
}

}  // namespace troupe

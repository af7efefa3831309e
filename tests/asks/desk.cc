#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "actor/testing/callers.h"
#include "base/random.h"
#include "tests/asks/asks.h"
#include "tests/asks/systems.h"

namespace troupe::testing {

namespace {

using callers::Desk;

/// One message: what it is, and what its handler does.
struct Letter {
  enum class Kind { kWrite, kRead, kRush } kind;
  enum class End { kAnswer, kThrow, kFail } end;
  Duration takes;
};

/// What is known of all handlers of a run. Of one thread.
struct Board {
  explicit Board(std::uint64_t seed) : random(seed) {
    const std::uint64_t count = 20 + random.next() % 200;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t kind = random.next() % 10;
      const std::uint64_t end = random.next() % 100;
      letters.push_back(
          {kind < 3   ? Letter::Kind::kWrite
           : kind < 8 ? Letter::Kind::kRead
                      : Letter::Kind::kRush,
           end < 92   ? Letter::End::kAnswer
           : end < 98 ? Letter::End::kThrow
                      : Letter::End::kFail,
           std::chrono::nanoseconds(random.next() % 4 == 0 ? 0 : random.next() % 20'000)});
    }
  }
  void broken(const std::string& what) {
    if (problem.empty()) problem = what;
  }

  Random random;
  std::vector<Letter> letters;
  std::uint64_t next_in_line = 0;  // no reader or writer before it has yet to begin
  unsigned readers = 0;
  unsigned writers = 0;
  std::uint64_t ended = 0;  // asks
  std::uint64_t answered = 0;
  std::string problem;
};

/// Counts a reader or writer as long as its handler runs.
class Running {
 public:
  Running(Board& board, std::uint64_t number, Letter::Kind kind) : board_(board), kind_(kind) {
    const std::string name = "letter " + std::to_string(number);
    if (kind == Letter::Kind::kRush) return;
    if (number < board.next_in_line) board.broken(name + " began out of turn");
    board.next_in_line = number + 1;
    if (board.writers != 0) board.broken(name + " began beside a writer");
    if (kind == Letter::Kind::kWrite && board.readers != 0) {
      board.broken(name + ", which writes, began beside a reader");
    }
    ++(kind == Letter::Kind::kWrite ? board.writers : board.readers);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    if (kind_ == Letter::Kind::kWrite) --board_.writers;
    if (kind_ == Letter::Kind::kRead) --board_.readers;
  }

 private:
  Board& board_;
  Letter::Kind kind_;
};

struct Fatal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class RandomDesk {
 public:
  explicit RandomDesk(Board* board) : board_(*board) {}

  Task<> on(Desk::Write letter) { return handle(letter); }
  Task<> on(Desk::Read letter) { return handle(letter); }
  Task<> on(Desk::Rush letter) { return handle(letter); }
  template <class Other>
  void on(Other) {}

 private:
  template <class View>
  Task<> handle(View view) {
    const std::uint64_t number = std::stoull(std::string(view.name()));
    const Letter& letter = board_.letters[number];
    const Running running(board_, number, letter.kind);
    if (letter.takes > Duration(0)) {
      auto slept = co_await io::sleep_for(letter.takes);
      if (!slept) co_return;
    }
    if (letter.end == Letter::End::kThrow) throw std::runtime_error("on purpose");
    if (letter.end == Letter::End::kFail) throw Fatal("on purpose");
    view.reply(0);
  }
  Board& board_;
};

Task<Ref<Desk>> spawn_desk(Board* board) {
  // An own limit: how often it fails is up to the seed.
  const Supervision supervision{.limit = {.restarts = 1000, .within = std::chrono::hours(1)}};
  const auto decide = [](const Failure& failure) {
    return failure.is<Fatal>() ? HandlerDirective::kFail : HandlerDirective::kResume;
  };
  co_return Root().spawn<Desk>({.supervision = supervision}, handlers<RandomDesk>(decide), board);
}

template <class Ask>
Task<> await_end(Board* board, Ask ask) {
  auto answer = co_await std::move(ask);
  ++board->ended;
  if (answer) ++board->answered;
  if (!answer && answer.error().is(Code::kDeadlineExceeded)) board->broken("an ask was forgotten");
}

Task<Status> send_letters(Root root, Board* board) {
  auto desk = co_await root.on_core(root.cores() - 1, spawn_desk, board);
  Scope scope({.on_failure = OnFailure::kCollect});
  for (std::size_t number = 0; number < board->letters.size(); ++number) {
    const std::string name = std::to_string(number);
    const auto asks = desk.ask(within(callers::kLong));
    switch (board->letters[number].kind) {
      case Letter::Kind::kWrite:
        co_await scope.start(await_end(board, asks.write(name)));
        break;
      case Letter::Kind::kRead:
        co_await scope.start(await_end(board, asks.read(name)));
        break;
      case Letter::Kind::kRush:
        co_await scope.start(await_end(board, asks.rush(name)));
        break;
    }
    if (board->random.next() % 3 != 0) continue;
    auto slept = co_await io::sleep_for(std::chrono::nanoseconds(board->random.next() % 10'000));
    if (!slept) co_return slept;
  }
  switch (board->random.next() % 4) {
    case 0:
      desk.stop();
      break;
    case 1:
      desk.stop_after_queued();
      break;
    case 2:
      desk.kill();
      break;
    default:
      break;  // the system stops it when all is done
  }
  const ScopeEnd ended = co_await scope.join();
  if (board->ended != board->letters.size()) board->broken("not every ask has ended");
  co_return ended;
}

}  // namespace

AsksRun run_desk(std::uint64_t seed) {
  AsksRun run;
  Board board(seed);
  run_simulated(1 + static_cast<unsigned>(seed % 2), seed, &run, send_letters, &board);
  if (!board.problem.empty()) run.problem = board.problem;
  if (run.problem.empty() && board.readers + board.writers != 0) run.problem = "a handler is left";
  run.answered = board.answered;
  return run;
}

}  // namespace troupe::testing

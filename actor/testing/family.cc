#include "actor/testing/family.h"

#include <deque>
#include <stdexcept>
#include <utility>

namespace family {

using troupe::Behavior;
using troupe::Duration;
using troupe::Ref;
using troupe::Task;
using namespace std::chrono_literals;

namespace {

/// Notes its beginning and, when the behaviour's variables go, its end.
class Life {
 public:
  Life(Upbringing of, std::uint64_t restarts) : of_(std::move(of)) {
    note("+" + of_.name + std::to_string(restarts));
  }
  ~Life() { note("-" + of_.name); }
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

 private:
  void note(std::string what) {
    if (of_.journal != nullptr) of_.journal->push_back(std::move(what));
  }
  Upbringing of_;
};

std::uint16_t code_of(const troupe::Status& status) {
  return status ? std::uint16_t{0} : static_cast<std::uint16_t>(status.error().code());
}

Task<troupe::Status> for_ever() {
  auto slept = co_await troupe::sleep_for(1000h);
  co_return slept;
}

Behavior retired(Worker::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Worker::Kind::kStop) co_return;
    if (msg.kind() == Worker::Kind::kFail) throw std::runtime_error("retired");
    if (msg.kind() == Worker::Kind::kStatus) msg.status().reply(99, self.restarts(), "");
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): one case a message
Behavior worker(Worker::Self self, Upbringing upbringing) {
  const Life life(upbringing, self.restarts());
  if (self.restarts() < upbringing.failing_starts) throw std::runtime_error("cannot start");
  std::uint64_t total = 0;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Worker::Kind::kStop:
        co_return;
      case Worker::Kind::kUnknown:
        break;
      case Worker::Kind::kAdd:
        total += msg.add().amount();
        break;
      case Worker::Kind::kStatus: {
        const troupe::Failure* failure = self.last_failure();
        msg.status().reply(total, self.restarts(),
                           failure != nullptr ? std::string_view(failure->what()) : "");
        break;
      }
      case Worker::Kind::kFail:
        throw std::runtime_error(std::string(msg.fail().what()));
      case Worker::Kind::kFailOddly:
        throw 7;
      case Worker::Kind::kEnd:
        co_return;
      case Worker::Kind::kHold: {
        auto slept = co_await self.sleep_for(Duration(msg.hold().nanoseconds()));
        msg.hold().reply(code_of(slept));
        break;
      }
      case Worker::Kind::kBreak:
        throw std::runtime_error("broken");
      case Worker::Kind::kResetBackoff:
        self.reset_backoff();
        break;
      case Worker::Kind::kGrow: {
        auto grow = msg.grow();
        troupe::SpawnOptions options{.name = grow.name(), .supervision = upbringing.children};
        grow.reply(self.spawn<Worker>(
            options, worker,
            Upbringing{std::string(grow.name()), upbringing.journal, upbringing.children}));
        break;
      }
      case Worker::Kind::kLink:
        self.link(msg.link().to());
        break;
      case Worker::Kind::kRetire:
        co_await self.become(retired);
        break;
      case Worker::Kind::kBranch: {
        auto ended = co_await troupe::all_of(for_ever(), for_ever());
        msg.branch().reply(code_of(std::get<0>(ended)));
        break;
      }
    }
  }
}

Behavior boss(Boss::Self self, std::vector<Post> posts) {
  std::vector<Ref<Worker>> workers;
  for (const Post& post : posts) {
    const troupe::SpawnOptions options{.name = post.upbringing.name,
                                       .supervision = post.supervision};
    workers.push_back(self.spawn<Worker>(options, worker, post.upbringing));
    self.watch(workers.back());
  }
  std::deque<troupe::Down> ends;
  std::deque<Boss::NextEndReplyTo> asked;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Boss::Kind::kStop:
        co_return;
      case Boss::Kind::kUnknown:
        break;
      case Boss::Kind::kDown:
        ends.push_back(msg.down());
        break;
      case Boss::Kind::kWorker:
        msg.worker().reply(workers.at(msg.worker().number()));
        break;
      case Boss::Kind::kNextEnd:
        asked.push_back(msg.next_end().take_reply());
        break;
      case Boss::Kind::kRestarts:
        msg.restarts().reply(self.restarts());
        break;
      case Boss::Kind::kFail:
        throw std::runtime_error(std::string(msg.fail().what()));
      case Boss::Kind::kAdd:
        break;
    }
    while (!ends.empty() && !asked.empty()) {
      std::uint32_t number = 0;
      while (number < workers.size() && workers[number].address() != ends.front().who()) ++number;
      asked.front().reply(number, static_cast<std::uint16_t>(ends.front().reason()),
                          ends.front().what());
      asked.pop_front();
      ends.pop_front();
    }
  }
}

}  // namespace family

#include "actor/testing/sample.h"

#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sample {

using troupe::Behavior;
using troupe::Duration;
using namespace std::chrono_literals;

namespace {

struct Kept {
  std::string label;
  Counter::WaitReplyTo right;
};

}  // namespace

// NOLINTNEXTLINE(readability-function-size): one case a message
Behavior counter(Counter::Self self, std::uint64_t first) {
  std::uint64_t sum = first;
  std::vector<Kept> kept;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Counter::Kind::kStop:
        co_return;
      case Counter::Kind::kUnknown:
        break;
      case Counter::Kind::kAdd:
        sum += msg.add().amount();
        break;
      case Counter::Kind::kTotal:
        msg.total().reply(sum);
        break;
      case Counter::Kind::kTake: {
        auto take = msg.take();
        if (take.amount() > 100) {
          take.deny(Refusal::kTooMuch);
        } else {
          take.reply(sum -= take.amount());
        }
        break;
      }
      case Counter::Kind::kWait:
        kept.push_back(Kept{std::string(msg.wait().label()), msg.wait().take_reply()});
        break;
      case Counter::Kind::kRelease:
        for (Kept& each : kept) each.right.reply(each.label);
        kept.clear();
        break;
      case Counter::Kind::kForget:
        kept.clear();
        break;
      case Counter::Kind::kAnswer: {
        auto answer = msg.answer();
        answer.take_question().reply(answer.value());
        break;
      }
      case Counter::Kind::kDelegate: {
        auto delegate = msg.delegate();
        auto relayed = co_await delegate.to().ask(troupe::within(1s)).total();
        if (relayed) delegate.reply(relayed->value() + delegate.value());
        break;
      }
      case Counter::Kind::kHold: {
        auto slept = co_await self.sleep_for(Duration(msg.hold().nanoseconds()));
        const auto outcome = slept ? 0 : static_cast<std::uint16_t>(slept.error().code());
        msg.hold().reply(static_cast<std::uint16_t>(outcome));
        break;
      }
      case Counter::Kind::kIgnore:
        break;
      case Counter::Kind::kEcho:
        msg.echo().reply(msg.echo().data());
        break;
      case Counter::Kind::kRelay: {
        auto relay = msg.relay();
        auto total = co_await relay.to().ask(troupe::within(1h)).total();
        if (total) {
          relay.reply(total->value(), 0);
        } else {
          relay.reply(0, static_cast<std::uint16_t>(total.error().code()));
        }
        break;
      }
      case Counter::Kind::kFail:
        throw std::runtime_error(std::string(msg.fail().what()));
      case Counter::Kind::kEnd:
        co_return;
    }
  }
}

Behavior watcher(Watcher::Self self) {
  std::deque<troupe::Down> ends;
  std::deque<Watcher::NextEndReplyTo> asked;
  std::uint64_t notes = 0;
  std::uint64_t last = 0;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Watcher::Kind::kStop:
        co_return;
      case Watcher::Kind::kUnknown:
        break;
      case Watcher::Kind::kDown:
        ends.push_back(msg.down());
        break;
      case Watcher::Kind::kObserve:
        self.watch(msg.observe().counter());
        break;
      case Watcher::Kind::kUnobserve:
        self.unwatch(msg.unobserve().counter());
        break;
      case Watcher::Kind::kNextEnd:
        asked.push_back(msg.next_end().take_reply());
        break;
      case Watcher::Kind::kNote:
        ++notes;
        last = msg.note().value();
        break;
      case Watcher::Kind::kNotes:
        msg.notes().reply(notes, last);
        break;
    }
    while (!ends.empty() && !asked.empty()) {
      asked.front().reply(ends.front().who().slot,
                          static_cast<std::uint16_t>(ends.front().reason()));
      asked.pop_front();
      ends.pop_front();
    }
  }
}

Behavior vault(Vault::Self self, std::int64_t opening) {
  std::int64_t cents = opening;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Vault::Kind::kStop:
        co_return;
      case Vault::Kind::kUnknown:
        break;
      case Vault::Kind::kPut: {
        auto put = msg.put();
        if (put.money().cents < 0) {
          put.deny(Refusal::kClosed);
          break;
        }
        cents += put.money().cents;
        put.reply(Money{cents, put.money().currency}, self.key());
        break;
      }
      case Vault::Kind::kSum:
        msg.sum().reply(cents);
        break;
      case Vault::Kind::kAdd:
        cents += msg.add().cents();
        break;
      case Vault::Kind::kEnd:
        co_return;
    }
  }
}

Behavior numbered(Numbered::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Numbered::Kind::kStop:
        co_return;
      case Numbered::Kind::kUnknown:
        break;
      case Numbered::Kind::kDouble:
        msg.double_().reply(self.key() * 2);
        break;
    }
  }
}

}  // namespace sample

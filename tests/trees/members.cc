// Behaviours of trees.actor.
#include <optional>
#include <stdexcept>

#include "tests/trees/record.h"

namespace trees {

using troupe::Behavior;
using troupe::Duration;
using troupe::Ref;
using troupe::Task;
using namespace std::chrono_literals;

namespace {

/// Members of one run, at most: more would make a run long, not better.
constexpr std::size_t kMembersMax = 200;

/// Awaits in a frame of its own, beside another one.
Task<troupe::Status> rest(Record* record, Duration duration) {
  const CountedFrame counted(record);
  auto slept = co_await troupe::sleep_for(duration);
  co_return slept;
}

template <class Choice>
Choice choose(std::uint32_t& style, std::initializer_list<Choice> choices) {
  const auto index = style % choices.size();
  style /= static_cast<std::uint32_t>(choices.size());
  return choices.begin()[index];
}

void send(Record* record, std::uint32_t source, Ref<Member> target, std::uint32_t number,
          std::uint32_t messages) {
  for (std::uint32_t i = 0; i < messages; ++i) {
    target.tell().count(source, ++record->sent[{source, number}]);
  }
}

void take_numbered(Record* record, std::uint32_t receiver, Member::Count count) {
  std::uint64_t& last = record->received[{count.source(), receiver}];
  if (count.sequence() <= last) {
    record->violate("message " + std::to_string(count.sequence()) + " after " +
                    std::to_string(last));
  }
  last = count.sequence();
}

void take_down(Record* record, std::uint32_t watcher, const troupe::Down& down) {
  ++record->downs;
  const std::uint32_t watched = record->number_of(down.who());
  if (--record->watches[{watcher, watched}] < 0) record->violate("told of an end twice");
}

void watch(Member::Self self, Record* record, std::uint32_t watcher, Ref<Member> other) {
  // While one is asked for, another one is the same.
  std::int64_t& open = record->watches[{watcher, record->number_of(other.address())}];
  if (open == 0) open = 1;
  self.watch(other);
}

}  // namespace

troupe::SpawnOptions options_of(std::uint32_t style) {
  using namespace troupe;  // NOLINT(google-build-using-namespace): the words of a supervision
  if (choose(style, {0, 1, 2, 3, 4}) == 0) return {};
  Supervision supervision;
  supervision.siblings =
      choose(style, {Siblings::kOneForOne, Siblings::kAllForOne, Siblings::kRestForOne});
  supervision.lifetime =
      choose(style, {Lifetime::kTransient, Lifetime::kPermanent, Lifetime::kTemporary});
  supervision.children = choose(
      style, {OnRestart::kStopChildren, OnRestart::kRestartChildren, OnRestart::kKeepChildren});
  supervision.decider = choose<Directive (*)(const Failure&)>(
      style, {decide_by_default, decide_to_restart, decide_to_stop, decide_to_escalate});
  supervision.limit.restarts = choose(style, {2u, 10u});
  supervision.limit.beyond = choose(style, {Directive::kStop, Directive::kEscalate});
  supervision.backoff.least = choose(style, {Duration(0), Duration(20us)});
  if (choose(style, {0, 1}) == 1) supervision.health = health_by_progress(100us, 3);
  return {.supervision = supervision};
}

// NOLINTNEXTLINE(readability-function-size): one case a message
Behavior member(Member::Self self, Record* record, std::uint32_t number) {
  const CountedFrame counted(record);
  ++record->behaviors;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Member::Kind::kStop:
      case Member::Kind::kEnd:
        co_return;
      case Member::Kind::kUnknown:
        break;
      case Member::Kind::kDown:
        take_down(record, number, msg.down());
        break;
      case Member::Kind::kGrow: {
        if (record->members.size() >= kMembersMax) break;
        const auto next = static_cast<std::uint32_t>(record->members.size());
        record->members.emplace_back();
        auto child = self.spawn<Member>(options_of(msg.grow().style()), member, record, next);
        record->members[next] = child;
        msg.grow().reply(child);
        break;
      }
      case Member::Kind::kCount:
        take_numbered(record, number, msg.count());
        break;
      case Member::Kind::kSend: {
        auto wanted = msg.send();
        send(record, number, wanted.target(), wanted.number(), wanted.messages());
        break;
      }
      case Member::Kind::kFail:
      case Member::Kind::kBreak:
        throw std::runtime_error("at random");
      case Member::Kind::kFailOddly:
        throw 7;
      case Member::Kind::kObserve:
        watch(self, record, number, msg.observe().other());
        break;
      case Member::Kind::kLink:
        self.link(msg.link().other());
        break;
      case Member::Kind::kRest: {
        const Duration duration(msg.rest().nanoseconds());
        auto rested = co_await troupe::all_of(rest(record, duration), rest(record, duration / 2));
        if (!std::get<0>(rested) || !std::get<1>(rested)) break;
        break;
      }
    }
  }
}

Behavior observer(Observer::Self self, Record* record) {
  std::map<std::uint32_t, unsigned> told;
  std::optional<Observer::AllEndedReplyTo> asked;
  std::uint64_t wanted = 0;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Observer::Kind::kStop:
        co_return;
      case Observer::Kind::kUnknown:
        break;
      case Observer::Kind::kDown:
        if (++told[record->number_of(msg.down().who())] > 1) {
          record->violate("the observer was told of an end twice");
        }
        break;
      case Observer::Kind::kWatch:
        self.watch(msg.watch().member());
        break;
      case Observer::Kind::kAllEnded:
        wanted = msg.all_ended().members();
        asked = msg.all_ended().take_reply();
        break;
    }
    if (asked && told.size() == wanted) {
      asked->reply();
      asked.reset();
    }
  }
}

}  // namespace trees

// Handlers for callers.actor, for the tests of circles and of handlers beside each other.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "actor/testing/callers.actor.h"
#include "base/combine.h"
#include "base/condition.h"
#include "base/random.h"
#include "io/sleep.h"

namespace callers {

/// Longer than any test runs, in virtual time too.
inline constexpr troupe::Duration kLong = std::chrono::hours(1);

/// 0, or the error's number.
template <class Answer>
std::uint16_t code_of(const Answer& answer) {
  return answer ? 0 : static_cast<std::uint16_t>(answer.error().code());
}

// ---- Caller, Welcomer ----

struct Walked {
  std::uint32_t refused = 0;
  std::uint32_t answered = 0;
  std::uint32_t other = 0;
};

/// Whom a walk asks at one actor: the same draws for the actor and for who foretells what it does.
struct Draws {
  struct Ask {
    std::uint32_t whom;
    std::uint64_t seed;
  };
  std::vector<Ask> asks;

  Draws(std::uint64_t seed, std::uint32_t levels, std::size_t actors) {
    if (levels == 0) return;
    troupe::Random random(seed);
    const auto count = random.next() % 4;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto whom = static_cast<std::uint32_t>(random.next() % actors);
      asks.push_back(Ask{whom, random.next()});
    }
  }
};

/// Of all cores; complete before the first walk.
template <class A>
using Peers = std::shared_ptr<std::vector<troupe::Ref<A>>>;

template <class A>
class CallerHandlers {
 public:
  explicit CallerHandlers(Peers<A> peers) : peers_(std::move(peers)) {}

  troupe::Task<> on(typename A::Walk walk) {
    Walked sum;
    const std::uint32_t levels = walk.levels();
    for (const Draws::Ask& draw : Draws(walk.seed(), levels, peers_->size()).asks) {
      auto below =
          co_await (*peers_)[draw.whom].ask(troupe::within(kLong)).walk(draw.seed, levels - 1);
      if (below) {
        sum.refused += below->refused();
        sum.answered += below->answered() + 1;
        sum.other += below->other();
      } else if (below.error().is(troupe::Code::kWouldDeadlock)) {
        ++sum.refused;
      } else {
        ++sum.other;
      }
    }
    walk.reply(sum.refused, sum.answered, sum.other);
  }

 private:
  Peers<A> peers_;
};

// ---- Link ----

class LinkHandlers {
 public:
  explicit LinkHandlers(Link::Self self) : self_(self) {}

  void on(Link::Ping ping) { ping.reply(); }
  troupe::Task<> on(Link::Pass pass) {
    auto pinged = co_await pass.to().ask(troupe::within(kLong)).ping();
    const troupe::Error error = pinged ? kNone : pinged.error();
    pass.reply(static_cast<std::uint16_t>(error.code()), error.describe());
  }
  troupe::Task<> on(Link::Relay relay) {
    auto passed = co_await relay.by().ask(troupe::within(kLong)).pass(relay.to());
    answer(relay, passed);
  }
  troupe::Task<> on(Link::Both both) {
    auto [passed, slept] =
        co_await troupe::all_of(both.by().ask(troupe::within(kLong)).pass(both.to()),
                                troupe::io::sleep_for(std::chrono::milliseconds(1)));
    answer(both, passed);
  }
  troupe::Task<> on(Link::Either either) {
    auto first = co_await troupe::first_of(either.by().ask(troupe::within(kLong)).pass(either.to()),
                                           troupe::io::sleep_for(std::chrono::milliseconds(5)));
    if (first.index() == 0) {
      answer(either, std::get<0>(first));
    } else {
      either.reply(0, "in time");
    }
  }
  troupe::Task<> on(Link::Detour detour) {
    auto kept = co_await detour.by().ask(troupe::within(kLong)).keep(self_.ref());
    const troupe::Error error = kept ? kNone : kept.error();
    detour.reply(static_cast<std::uint16_t>(error.code()), error.describe());
  }
  troupe::Task<> on(Link::Keep keep) {
    troupe::Ref<Link> to = keep.to();
    auto piped =
        self_.pipe(answer_later(keep.take_reply()), [](const auto&, const troupe::Ref<Link>&) {});
    if (!piped) throw std::runtime_error(piped.error().describe());
    auto pinged = co_await to.ask(troupe::within(kLong)).ping();
    if (!pinged) throw std::runtime_error(pinged.error().describe());
  }
  troupe::Task<> on(Link::Beyond beyond) {
    auto passed = co_await beyond.by().ask(troupe::within(kLong)).either(beyond.via(), beyond.to());
    answer(beyond, passed);
  }
  troupe::Task<> on(Link::Send send) {
    if (send.reads()) {
      auto read = co_await send.desk().ask(troupe::within(kLong)).read(send.name());
      send.reply(code_of(read));
    } else {
      auto written = co_await send.desk().ask(troupe::within(kLong)).write(send.name());
      send.reply(code_of(written));
    }
  }
  troupe::Task<> on(Link::HandIn letter) {
    auto written = co_await letter.clerk().ask(troupe::within(kLong)).write(letter.name());
    letter.reply(code_of(written));
  }
  troupe::Task<> on(Link::Hold hold) {
    auto held = co_await troupe::io::sleep_for(troupe::Duration(hold.nanoseconds()));
    if (held) hold.reply();
  }

 private:
  static constexpr troupe::Error kNone = troupe::Error(static_cast<troupe::Code>(0));

  template <class View, class Passed>
  static void answer(View& view, const Passed& passed) {
    if (passed) {
      view.reply(passed->code(), passed->text());
    } else {
      view.reply(static_cast<std::uint16_t>(passed.error().code()), passed.error().describe());
    }
  }
  static troupe::Task<troupe::Status> answer_later(Link::KeepReplyTo reply_to) {
    auto slept = co_await troupe::io::sleep_for(std::chrono::milliseconds(1));
    reply_to.reply();
    co_return slept;
  }

  Link::Self self_;
};

// ---- Ringer ----

class RingerHandlers {
 public:
  troupe::Task<> on(Ringer::Ring ring) {
    auto pinged = co_await ring.link().ask(troupe::within(kLong)).ping();
    if (pinged) ring.reply();
  }
  troupe::Task<> on(Ringer::Stray stray) {
    auto none = co_await stray.to().ask(troupe::within(kLong)).none();
    if (none) stray.reply();
  }
  void on(Ringer::None none) { none.reply(); }
};

// ---- Desk, Clerk, Open, Tray ----

using Noted = std::vector<std::string>;

/// What both do. Outlives no restart; `events` does.
class DeskWork {
 public:
  explicit DeskWork(std::shared_ptr<Noted> events) : events_(std::move(events)) {}
  void post_stop() { note("stopped"); }

 protected:
  /// Waits to be let go. Gives 0, or the code of what ended the wait.
  troupe::Task<std::uint16_t> work(std::string name) {
    note("+" + name);
    Gate& gate = gates_[name];
    const troupe::Status status = co_await gate.changed.wait([&gate] { return gate.open; });
    note((status ? "-" : "x") + name);
    co_return status ? 0 : static_cast<std::uint16_t>(status.error().code());
  }
  void let_go(std::string_view name) {
    Gate& gate = gates_[std::string(name)];
    gate.open = true;
    gate.changed.notify_all();
  }
  void note(std::string event) { events_->push_back(std::move(event)); }
  std::vector<std::string_view> events() const { return {events_->begin(), events_->end()}; }

 private:
  struct Gate {
    bool open = false;
    troupe::Condition changed;
  };
  std::shared_ptr<Noted> events_;
  std::map<std::string, Gate> gates_;
};

/// What all have.
template <class A>
class LettersOnly : public DeskWork {
 public:
  using DeskWork::DeskWork;

  troupe::Task<> on(typename A::Write letter) {
    letter.reply(co_await work(std::string(letter.name())));
  }
  void on(typename A::Events question) { question.reply(events()); }
  void on(typename A::Go go) { let_go(go.name()); }
};

class DeskHandlers : public LettersOnly<Desk> {
 public:
  DeskHandlers(Desk::Self self, std::shared_ptr<Noted> events)
      : LettersOnly(std::move(events)), self_(self) {}

  using LettersOnly::on;
  troupe::Task<> on(Desk::Read letter) { letter.reply(co_await work(std::string(letter.name()))); }
  troupe::Task<> on(Desk::Rush letter) { letter.reply(co_await work(std::string(letter.name()))); }
  troupe::Task<> on(Desk::Break letter) {
    const std::string name(letter.name());
    if (co_await work(name) == 0) throw std::runtime_error(name);
  }
  void on(Desk::Note letter) { note("!" + std::string(letter.name())); }
  troupe::Task<> on(Desk::WriteBy order) { return have_sent(order); }
  troupe::Task<> on(Desk::ReadBy order) { return have_sent(order); }
  troupe::Task<> on(Desk::RushBy order) { return have_sent(order); }
  troupe::Task<> on(Desk::ReadOn order) {
    auto read = co_await self_.ref().ask(troupe::within(kLong)).read(order.name());
    order.reply(code_of(read));
  }

 private:
  template <class Order>
  troupe::Task<> have_sent(Order order) {
    auto sent = co_await order.by()
                    .ask(troupe::within(kLong))
                    .send(self_.ref(), order.name(), order.reads());
    order.reply(sent ? sent->code() : code_of(sent));
  }
  Desk::Self self_;
};

class ClerkHandlers : public LettersOnly<Clerk> {
 public:
  ClerkHandlers(Clerk::Self self, std::shared_ptr<Noted> events)
      : LettersOnly(std::move(events)), self_(self) {}

  using LettersOnly::on;
  troupe::Task<> on(Clerk::WriteBy order) { return have_sent(order); }
  troupe::Task<> on(Clerk::RushBy order) { return have_sent(order); }

 private:
  template <class Order>
  troupe::Task<> have_sent(Order order) {
    auto sent = co_await order.by().ask(troupe::within(kLong)).hand_in(self_.ref(), order.name());
    order.reply(sent ? sent->code() : code_of(sent));
  }
  Clerk::Self self_;
};

}  // namespace callers

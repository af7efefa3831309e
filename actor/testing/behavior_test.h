// BehaviorTest<A>: one actor, message by message, without a system. docs/testing.md tells how.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "actor/testing/describe.h"
#include "actor/testing/expectation.h"
#include "actor/testing/probe.h"
#include "actor/testing/stepped_core.h"
#include "base/combine.h"

namespace troupe::testing {

/// What became of an ask of a BehaviorTest. A handle: copies are the same ask.
template <class R>
class Asked {
 public:
  Asked() : state_(std::make_shared<State>()) {}

  bool answered() const { return state_->result.has_value(); }
  /// A reply, and not a refusal or an error.
  bool ok() const { return answered() && state_->result->has_value(); }
  /// The answer. Fails the test and throws if there is none yet.
  Result<R>& result(std::source_location where = std::source_location::current()) const {
    if (!answered()) fail_expectation(where, "the ask is not answered yet");
    return *state_->result;
  }
  /// The reply's fields. Fails the test and throws if there is none.
  const R* operator->() const { return &reply(); }
  const R& reply(std::source_location where = std::source_location::current()) const {
    const Result<R>& got = result(where);
    if (!got) fail_expectation(where, "the ask was answered: " + got.error().describe());
    return *got;
  }
  /// The contract's refusal, or the runtime's error. Fails the test and throws if there is none.
  const Error& error(std::source_location where = std::source_location::current()) const {
    const Result<R>& got = result(where);
    if (got) fail_expectation(where, "the ask was answered with a reply, not an error");
    return got.error();
  }

 private:
  template <class A>
  friend class BehaviorTest;
  struct State {
    std::optional<Result<R>> result;
    Strand strand;
  };
  static detail::Branch wait(std::shared_ptr<State> state, Ask<R> ask) {
    Result<R> result = co_await std::move(ask);
    state->result.emplace(std::move(result));
    state->strand.forget_first();
  }
  void start(Ask<R> ask) {
    CallContext context;
    context.strand = &state_->strand;
    wait(state_, std::move(ask)).start(context);
  }

  std::shared_ptr<State> state_;
};

/// What an actor of another protocol would have received from the actor under test.
template <class B>
class Inbox {
 public:
  using Message = typename B::Message;
  using Where = std::source_location;

  Inbox(Ref<B> ref, std::shared_ptr<ProbeBox<B>> box)
      : ref_(std::move(ref)), box_(std::move(box)) {}

  const Ref<B>& ref() const { return ref_; }
  std::size_t size() const { return box_->messages.size(); }
  bool empty() const { return box_->messages.empty(); }

  /// The next message, which must be one of these. Otherwise fails the test and throws.
  template <class View>
  Received<B, View> expect(Where where = Where::current()) const {
    if (empty()) {
      fail_expectation(where, box_->name + " has received no " + type_name<View>());
    }
    if (!is<View>(box_->messages.front())) {
      fail_expectation(where, box_->name + " has received no " + type_name<View>() + " next, but " +
                                  box_->queued());
    }
    return as<B, View>(box_->take());
  }
  /// Nothing more has come.
  void expect_empty(Where where = Where::current()) const {
    if (!empty()) add_failure(where, box_->name + " has received " + box_->queued());
  }

 private:
  Ref<B> ref_;
  std::shared_ptr<ProbeBox<B>> box_;
};

/// Synchronous: each call runs the actor until it waits for something that only time or another
/// call can give. On a real core (SteppedCore), so its children run too, and whatever it spawns,
/// asks or awaits is what it would be in a system. No time passes but in advance(). Thread: one
/// caller, which must not be on a core. Lifetime: replies and messages end before it.
template <class A>
class BehaviorTest {
 public:
  using Where = std::source_location;

  /// `BehaviorTest<Till> test(till, arguments…)`, as in spawn(), also with SpawnOptions first; of a
  /// keyed type `BehaviorTest<Account> test("alice", account, arguments…)`. It has run up to its
  /// first await.
  template <class... Args>
  explicit BehaviorTest(Args&&... args) {
    if constexpr (A::kKeyed) {
      activate(std::forward<Args>(args)...);
    } else {
      ref_ = Root().spawn<A>(std::forward<Args>(args)...);
      stepped_.follow(stepped_.core().cells.find(ref_.address().slot, ref_.address().incarnation));
    }
    TROUPE_CHECK(stepped_.followed() != nullptr, "%s did not start", A::kType.name);
    wait_for_end();
    stepped_.run();
  }

  const Ref<A>& ref() const { return ref_; }

  // ---- messages ----

  /// `test.tell().freeze("why")`: sends it and runs.
  auto tell() { return typename A::template Tells<Delivery>(*this); }
  /// `test.run_one(test.ask().deposit(7, 100))`: what it was answered, or will be.
  auto ask(Duration patience = kPatience) const { return ref_.ask(within(patience)); }
  template <class R>
  Asked<R> run_one(Ask<R> ask) {
    Asked<R> asked;
    asked.start(std::move(ask));
    stepped_.run();
    return asked;
  }
  /// Runs after something else was done: `inbox` answered a question, say.
  void run() { stepped_.run(); }
  /// Asks it to stop.
  void stop() {
    ref_.stop();
    stepped_.run();
  }

  // ---- time ----

  void advance(Duration duration) { stepped_.advance(duration); }
  /// From now until the next timer of anybody; none if none is armed. What it waits for: report().
  std::optional<Duration> next_timer() const { return stepped_.next_timer(); }

  // ---- effects ----

  /// What it did since the last take_effects(), in order.
  const std::vector<Effect>& effects() { return stepped_.effects(); }
  std::vector<Effect> take_effects() { return std::exchange(stepped_.effects(), {}); }
  /// Exactly one of its effects, so far, is this one; gives it. Otherwise fails the test and
  /// throws.
  template <class B>
  Effect expect_effect(EffectKind kind, Where where = Where::current()) {
    std::optional<Effect> found;
    std::string all;
    unsigned count = 0;
    for (const Effect& each : effects()) {
      all += "\n  " + each.text;
      if (!each.template is<B>(kind)) continue;
      ++count;
      found = each;
    }
    if (count != 1) {
      fail_expectation(where, std::to_string(count) + " effects are \"" + to_string(kind) + " " +
                                  B::kType.name +
                                  "\", expected one; all:" + (all.empty() ? " none" : all));
    }
    return *found;
  }
  /// Somebody of another protocol for it to talk to.
  template <class B>
    requires(!B::kKeyed)
  Inbox<B> inbox() {
    auto box = std::make_shared<ProbeBox<B>>(nullptr);
    auto spawned = spawn_with_options<B>(nullptr, Guardian::kSystem, {}, probe_behavior<B>, box);
    TROUPE_CHECK(spawned, "an inbox was not spawned");
    box->name = std::string("inbox of ") + B::kType.name;
    stepped_.run();
    return Inbox<B>(*spawned, std::move(box));
  }
  /// The same of a keyed type: all that is sent to one key. One key of a type.
  template <class B>
    requires(B::kKeyed)
  Inbox<B> inbox(const typename B::Key& key) {
    Ref<B> ref(key);
    auto box = std::make_shared<ProbeBox<B>>(nullptr);
    box->name =
        std::string("inbox of ") + B::kType.name + " '" + std::string(ref.target().key()) + "'";
    TROUPE_CHECK(stepped_.node().served(B::kId) == nullptr, "%s has an inbox, or is under test",
                 B::kType.name);
    serve<B>([box](Self<B> self) { return probe_behavior<B>(self, box); });
    return Inbox<B>(std::move(ref), std::move(box));
  }

  // ---- its state ----

  bool alive() const { return stepped_.followed() != nullptr; }
  /// How it ended; none while it lives.
  const std::optional<Down>& ended() const { return *end_; }
  /// The behaviour that it is in now, as C++ spells it: "Behavior bank::frozen(Account::Self, …)".
  std::string behavior() const { return stepped_.behavior(); }
  /// Whether that is the function of this name, without its namespace: "frozen".
  bool behaves_as(std::string_view function) const {
    const std::string now = behavior();
    const std::size_t at = now.find(std::string(function) + "(");
    return at != std::string::npos && (at == 0 || now[at - 1] == ' ' || now[at - 1] == ':');
  }
  /// What it does or waits for, and by which awaits; none once it has ended.
  std::optional<ActorReport> report() const {
    const Cell* cell = stepped_.followed();
    return cell == nullptr ? std::nullopt : std::optional<ActorReport>(cell->report());
  }

 private:
  // Generated code calls send() for each tell.
  class Delivery : private TellDelivery<typename Ref<A>::Target> {
   public:
    using Outcome = void;
    explicit Delivery(BehaviorTest& test)
        : TellDelivery<typename Ref<A>::Target>(test.ref_.target()), test_(test) {}

   protected:
    template <class Write>
    void send(const MessageSpec& spec, std::size_t payload_words, Write&& write) const {
      TellDelivery<typename Ref<A>::Target>::send(spec, payload_words, std::forward<Write>(write));
      test_.run();
    }

   private:
    BehaviorTest& test_;
  };

  template <class B>
  class Served final : public ServedType {
   public:
    explicit Served(std::function<Behavior(Self<B>)> start)
        : ServedType(B::kType, Duration::max(), Group::kUser), start_(std::move(start)) {}
    Behavior activate(Cell& cell) const override { return start_(Self<B>(cell)); }

   private:
    std::function<Behavior(Self<B>)> start_;
  };
  template <class B>
  void serve(std::function<Behavior(Self<B>)> start) {
    stepped_.node().serve(std::make_unique<Served<B>>(std::move(start)));
  }

  template <class Key, class F, class... Args>
  void activate(const Key& key, F behavior, Args... args) {
    // Shared, because std::function copies what it holds and arguments may be move-only.
    auto held = std::make_shared<std::tuple<Args...>>(std::move(args)...);
    serve<A>([behavior, held](Self<A> self) {
      return std::apply([&](Args&... each) { return behavior(self, std::move(each)...); }, *held);
    });
    ref_ = Ref<A>(key);
    Core& core = stepped_.core();
    protocols::Frame* frame = new_frame_for(core, ref_.target(), MessageSpec{A::kProtocol, 0},
                                            protocols::FrameType::kTell, 0);
    DropReason why_not = DropReason::kNoSuchActor;
    stepped_.follow(core.keyed.find_or_activate(*frame, why_not));
    core.release(frame);
  }

  static detail::Branch note_end(std::shared_ptr<Strand> strand, UntilEnded end,
                                 std::shared_ptr<std::optional<Down>> ended) {
    auto down = co_await end;
    if (down) ended->emplace(std::move(*down));
    strand->forget_first();
  }
  void wait_for_end() {
    auto strand = std::make_shared<Strand>();
    CallContext context;
    context.strand = strand.get();
    const Address address = stepped_.followed()->address();
    note_end(strand, UntilEnded(address, Deadline(Time::max()), false), end_).start(context);
  }

  SteppedCore stepped_;
  Ref<A> ref_;
  std::shared_ptr<std::optional<Down>> end_ = std::make_shared<std::optional<Down>>();
};

}  // namespace troupe::testing

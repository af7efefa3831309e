// TestSystem and TestKit: a system in simulation for one test, and what the test does in it.
// docs/testing.md tells how.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include "actor/actor.h"
#include "actor/testing/expectation.h"
#include "actor/testing/faults.h"
#include "actor/testing/probe.h"
#include "actor/testing/test_state.h"

namespace troupe::testing {

/// How the virtual clock goes on when every core sleeps.
enum class Clock : std::uint8_t {
  kJumps,   ///< To the next timer, as always in simulation.
  kByHand,  ///< It stands still: TestKit::advance() alone moves it. Network and disk take no time.
};

/// What it means that an actor below /user lives when the test has come to its end. Probes do not
/// count, nor do keyed actors that wait for a message.
enum class LiveActors : std::uint8_t {
  kFail,  ///< The test fails and names them, with what they wait for.
  kStop,  ///< They are stopped; it fails if one does not end within SystemOptions::stop_within.
};

struct TestOptions {
  std::uint64_t seed = 1;
  unsigned cores = 1;
  Clock clock = Clock::kJumps;
  LiveActors live_actors = LiveActors::kFail;
  /// False: a dead letter before the test's end is a failure, unless it was expected.
  bool allow_dead_letters = true;
  /// Every message is validated and read from a copy, as if another program had sent it:
  /// check_message().
  bool check_messages = false;
  /// Everything else: faults of network and disk in system.simulation, limits in system.node.
  SystemOptions system = {};
};

class TestKit;

/// A system that runs one test. Failures are those of the gtest that runs: of expectations, of
/// actors, asks and dead letters left over, and of a ledger that does not balance. Thread: one
/// caller.
class TestSystem {
 public:
  explicit TestSystem(TestOptions options = {},
                      std::source_location where = std::source_location::current());
  TestSystem(const TestSystem&) = delete;
  TestSystem& operator=(const TestSystem&) = delete;
  /// Fails if nothing was run.
  ~TestSystem();

  /// For System::serve(), before run().
  System& system() { return system_; }
  /// May be given rules before run(); afterwards it tells what was injected.
  Faults& faults() { return state_.faults; }

  /// Runs `Task<void> test(TestKit, args…)` on core 0, once. Then, unless an expectation failed:
  /// nothing may be left over (TestOptions).
  template <class F, class... Args>
  void run(F test, Args... args);

 private:
  friend class TestKit;
  static Task<bool> guarded(Task<void> test, std::source_location where);
  Task<void> end(bool went_well);
  void run_checked(const Status& status);
  void check_left_over();
  void check_dead_letters();

  const TestOptions options_;
  const std::source_location where_;
  TestState state_;
  System system_;
  bool ran_ = false;
  bool ended_ = false;
  std::map<std::uint64_t, std::shared_ptr<void>> keyed_;  // KeyedProbes::Boxes by type
};

/// The probes of one keyed type: whoever is called by a key without one is nobody.
template <class A>
class KeyedProbes final : public ServedType {
 public:
  KeyedProbes() : ServedType(A::kType, Duration::max(), Group::kUser) {}

  Behavior activate(Cell& cell) const override {
    const auto found = boxes->find(std::string(cell.key()));
    if (found == boxes->end()) throw std::runtime_error("the test has no probe for this key");
    return probe_behavior<A>(Self<A>(cell), found->second);
  }

  using Boxes = std::map<std::string, std::shared_ptr<ProbeBox<A>>>;
  std::shared_ptr<Boxes> boxes = std::make_shared<Boxes>();
};

/// What a test's coroutine gets, by value: a Root (spawn, on_core, now), probes, the clock, faults.
class TestKit : public Root {
 public:
  using Where = std::source_location;

  explicit TestKit(TestSystem& system) : system_(&system) {}

  // ---- probes ----

  /// A probe on the current core.
  template <class A>
    requires(!A::kKeyed)
  Probe<A> probe(std::string_view name = {}) const {
    auto box = new_box<A>(std::string(name));
    auto spawned =
        spawn_with_options<A>(nullptr, Guardian::kSystem, {.name = name}, probe_behavior<A>, box);
    TROUPE_CHECK(spawned, "a probe was not spawned: %s", spawned.error().describe().c_str());
    if (name.empty()) box->name += slot_name(spawned->address());
    return Probe<A>(*spawned, std::move(box));
  }
  /// A probe in the place of the keyed actor `key`, of a type that is not served otherwise. Test on
  /// the core that owns the key; with one core, that is here.
  template <class A>
    requires(A::kKeyed)
  Probe<A> probe(const typename A::Key& key) const {
    Ref<A> ref(key);
    std::string bytes(ref.target().key());
    auto box = new_box<A>("'" + bytes + "'");
    TROUPE_CHECK(core_of(Core::current(), ref.target()) == box->core,
                 "a keyed probe is made and used on the core that owns its key");
    (*keyed_boxes<A>())[std::move(bytes)] = box;
    return Probe<A>(std::move(ref), std::move(box));
  }

  // ---- the clock ----

  /// Lets `duration` pass, and then waits until nothing happens any more at that time. What is due
  /// within happens in order.
  Task<void> advance(Duration duration) const { return advance_clock(system_, duration); }
  /// Waits until nothing happens any more without time going on (with Clock::kJumps: until nothing
  /// happens for a millisecond).
  Task<void> settle() const { return wait_idle(system_); }
  /// `co_await kit.within(100ms, 200ms, task)`: awaits the task, which must take at least `least`
  /// and at most `most` of virtual time.
  Task<void> within(Duration least, Duration most, Task<void> task,
                    Where where = Where::current()) const {
    return timed(least, most, std::move(task), where);
  }

  // ---- ends ----

  /// `ref` ends in time: who, and why. `reason`: it must be this.
  template <class A>
  Task<Down> expect_ended(Ref<A> ref, Deadline deadline = troupe::within(kPatience),
                          std::optional<DownReason> reason = {},
                          Where where = Where::current()) const {
    return await_end(until_ended(ref, Deadline(Time::max())), Named{A::kType.name, ref.address()},
                     deadline, reason, system_, where);
  }
  /// Asks it to stop and waits for its end.
  template <class A>
  Task<Down> stop(Ref<A> ref, Deadline deadline = troupe::within(kPatience),
                  Where where = Where::current()) const {
    return await_end(graceful_stop(ref, Deadline(Time::max())), Named{A::kType.name, ref.address()},
                     deadline, {}, system_, where);
  }

  // ---- dead letters ----

  /// A dead letter for `reason`, that no expectation has seen yet. On core 0.
  Task<DeadLetter> expect_dead_letter(DropReason reason,
                                      Deadline deadline = troupe::within(kPatience),
                                      Where where = Where::current()) const {
    return await_letter(system_, reason, 0, deadline, where);
  }
  /// The same, of a message to an A.
  template <class A>
  Task<DeadLetter> expect_dead_letter(DropReason reason,
                                      Deadline deadline = troupe::within(kPatience),
                                      Where where = Where::current()) const {
    return await_letter(system_, reason, A::kProtocol, deadline, where);
  }
  /// None came that no expectation has seen. Fails the test, which goes on.
  void expect_no_dead_letters(Where where = Where::current()) const;

  // ---- faults ----

  Faults& faults() const { return system_->state_.faults; }

 private:
  template <class A>
  std::shared_ptr<ProbeBox<A>> new_box(std::string name) const {
    auto box = std::make_shared<ProbeBox<A>>(&system_->state_.control);
    box->name = std::string(A::kType.name) + " " + name;
    box->core = Core::current().index();
    return box;
  }
  template <class A>
  std::shared_ptr<typename KeyedProbes<A>::Boxes> keyed_boxes() const {
    using Boxes = typename KeyedProbes<A>::Boxes;
    std::shared_ptr<void>& known = system_->keyed_[A::kId];
    if (known == nullptr) {
      // One thread runs all cores, so a type may come to be served now.
      Node& node = Core::current().node();
      TROUPE_CHECK(node.served(A::kId) == nullptr,
                   "%s is served by a behaviour; a probe cannot take the place of one of them",
                   A::kType.name);
      auto served = std::make_unique<KeyedProbes<A>>();
      known = served->boxes;
      node.serve(std::move(served));
    }
    return std::static_pointer_cast<Boxes>(known);
  }
  static std::string slot_name(Address address);
  static Task<void> advance_clock(TestSystem* system, Duration duration);
  static Task<void> wait_idle(TestSystem* system);
  static Task<void> patience(TestSystem* system, Deadline deadline);
  static Task<void> timed(Duration least, Duration most, Task<void> task, Where where);
  struct Named {
    const char* type;
    Address address;
  };
  static Task<Down> await_end(UntilEnded end, Named who, Deadline deadline,
                              std::optional<DownReason> reason, TestSystem* system, Where where);
  static Task<DeadLetter> await_letter(TestSystem* system, DropReason reason,
                                       std::uint32_t protocol, Deadline deadline, Where where);

  TestSystem* system_;
};

template <class F, class... Args>
void TestSystem::run(F test, Args... args) {
  run_checked(system_.run(
      [](Root, TestSystem* self, F body, Args... each) -> Task<Status> {
        const bool went_well =
            co_await guarded(body(TestKit(*self), std::move(each)...), self->where_);
        co_await self->end(went_well);
        co_return ok();
      },
      this, std::move(test), std::move(args)...));
}

}  // namespace troupe::testing

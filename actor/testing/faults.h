// Faults that a test injects: messages lost, late, twice or fatal; spawns refused; slow cores.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "actor/actor_type.h"
#include "actor/core.h"
#include "actor/ref.h"
#include "actor/target.h"
#include "base/random.h"
#include "base/time.h"
#include "io/sim/sim_control.h"
#include "protocols/frame.h"

namespace troupe::testing {

/// Which messages a fault is for: `Messages::to(ref).kind(Account::Kind::kDeposit).nth(2)`.
/// Counted as they arrive, from 1. Without nth(), from() or one_in(): all of them.
class Messages {
 public:
  /// To any actor of protocol A.
  template <class A>
  static Messages to() {
    return Messages(A::kProtocol);
  }
  /// To one actor.
  template <class A>
  static Messages to(const Ref<A>& ref) {
    Messages messages(A::kProtocol);
    if constexpr (A::kKeyed) {
      messages.key_ = std::string(ref.target().key());
    } else {
      messages.address_ = ref.address();
    }
    return messages;
  }

  /// Of one kind: a Kind of the protocol.
  template <class Kind>
  Messages kind(Kind kind) const {
    static_assert(std::is_enum_v<Kind>);
    Messages messages(*this);
    messages.kind_ = static_cast<std::uint16_t>(kind);
    return messages;
  }
  /// The answers to such asks instead, on their way to the asker. For Messages::to<A>() alone: an
  /// answer does not say who gave it.
  Messages answers() const;
  /// The nth alone.
  Messages nth(std::uint64_t n) const;
  /// The nth and all that follow.
  Messages from(std::uint64_t n) const;
  /// One in so many, by the seed of the test.
  Messages one_in(unsigned n) const;

 private:
  friend class Faults;
  explicit Messages(std::uint32_t protocol) : protocol_(protocol) {}
  bool match(const Core& core, const protocols::Frame& frame) const;
  bool hit(Random& random);

  std::uint32_t protocol_;
  std::optional<Address> address_;
  std::optional<std::string> key_;
  std::optional<std::uint16_t> kind_;
  bool answers_ = false;
  std::uint64_t first_ = 1;
  std::uint64_t last_ = UINT64_MAX;
  unsigned one_in_ = 1;
  std::uint64_t seen_ = 0;
};

/// Rules are tried in the order they were made; the first that hits a message counts. One of the
/// test's TestSystem. Thread: the simulation's.
class Faults {
 public:
  Faults(io::SimControl& control, std::uint64_t seed);
  ~Faults();

  /// Lost as in a network: a dead letter (DropReason::kInjected), and an ask is not answered.
  void drop(Messages messages) { add(Action::kDrop, std::move(messages)); }
  /// Delivered so much later; others overtake it.
  void delay(Messages messages, Duration by) { add(Action::kDelay, std::move(messages), by); }
  /// Delivered twice.
  void duplicate(Messages messages) { add(Action::kDuplicate, std::move(messages)); }
  /// The behaviour that would receive it gets an InjectedFailure out of its receive() instead: what
  /// its supervisor does is what the test is about. An ask is answered no_reply.
  void fail(Messages messages, std::string what = "injected by a test") {
    add(Action::kFail, std::move(messages), Duration(0), std::move(what));
  }

  /// The nth spawn (or activation) of an A from now on is refused, as beyond the limit of actors.
  template <class A>
  void refuse_spawn(std::uint64_t nth = 1) {
    spawns_.push_back({A::kProtocol, nth, false});
  }
  /// The same, but memory runs out: std::bad_alloc comes out of the spawn.
  template <class A>
    requires(!A::kKeyed)
  void fail_allocation(std::uint64_t nth = 1) {
    spawns_.push_back({A::kProtocol, nth, true});
  }

  /// After each of its steps the core takes none for `pause`; 0 ends that.
  void slow_core(unsigned core, Duration pause) { control_.slow_down(core, pause); }

  /// No rule from here on. What is delayed still comes.
  void clear();
  /// How many messages and spawns were hit so far.
  std::uint64_t injected() const { return injected_; }

  // ---- for TestSystem ----

  /// Gives what is delivered instead of `frame`; null: nothing, now.
  protocols::Frame* apply(Core& core, protocols::Frame* frame);
  bool allow_spawn(const ActorType& type);
  void drop_delayed(Core& core);

 private:
  enum class Action : std::uint8_t { kDrop, kDelay, kDuplicate, kFail };
  struct Rule {
    Action action;
    Messages messages;
    Duration by;
    std::string what;
  };
  struct SpawnRule {
    std::uint32_t protocol;
    std::uint64_t nth;
    bool throws;
  };
  class Delayed;

  void add(Action action, Messages messages, Duration by = Duration(0), std::string what = {});
  protocols::Frame* inject(const Rule& rule, Core& core, protocols::Frame* frame);

  io::SimControl& control_;
  Random random_;
  std::vector<Rule> rules_;
  std::vector<SpawnRule> spawns_;
  std::list<std::unique_ptr<Delayed>> delayed_;
  std::uint64_t injected_ = 0;
};

}  // namespace troupe::testing

// SteppedCore: one simulated core without a system, that a test steps by hand.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actor/core.h"
#include "actor/interceptor.h"
#include "actor/node.h"
#include "io/sim/sim_backend.h"
#include "io/sim/sim_disk.h"
#include "io/sim/sim_network.h"
#include "io/sim/sim_pools.h"

namespace troupe::testing {

/// Something that the actor under test did.
enum class EffectKind : std::uint8_t {
  kTold,       ///< Sent a tell.
  kAsked,      ///< Sent an ask.
  kReplied,    ///< Answered an ask: with a reply, a refusal or an error.
  kSpawned,    ///< Started a child.
  kWatched,    ///< Began to watch (or to be linked to) somebody.
  kUnwatched,  ///< Ended that.
  kStopped,    ///< Asked somebody to stop, or killed them.
  kBecame,     ///< Became another behaviour.
};
const char* to_string(EffectKind kind);

/// A copy. `text` for people: "told sample.Watcher.note(data 5)".
struct Effect {
  EffectKind kind;
  std::uint32_t protocol = 0;  ///< Of the receiver, of the child; 0 if it has none.
  std::uint16_t message = 0;   ///< Its ordinal, of kTold, kAsked and kReplied.
  std::string text;

  /// Told, asked or replied with such a message, started such a child: `effect.is<Watcher>(…)`.
  template <class A>
  bool is(EffectKind wanted) const {
    return kind == wanted && protocol == A::kProtocol;
  }
  template <class A>
  bool is(EffectKind wanted, typename A::Kind wanted_message) const {
    return is<A>(wanted) && message == static_cast<std::uint16_t>(wanted_message);
  }
};

/// Current on its thread from the constructor to the destructor, so that references, messages and
/// replies can be used in between. The clock moves in advance() alone; network, disk and blocking
/// work take no time. Several on one thread: the last one made ends first.
class SteppedCore final : private Interceptor {
 public:
  /// Turns that run() takes at most: then it fails the test.
  static constexpr unsigned kTurnsMax = 20'000;

  SteppedCore();
  ~SteppedCore() override;
  SteppedCore(const SteppedCore&) = delete;
  SteppedCore& operator=(const SteppedCore&) = delete;

  Core& core() { return *core_; }
  Node& node() { return node_; }
  Time now() const { return clock_; }

  /// Takes turns until nothing is left to do without the clock going on.
  void run();
  /// Lets time pass: everything that is due within happens in order.
  void advance(Duration duration);
  /// From now until the next timer; none if none is armed.
  std::optional<Duration> next_timer() const;

  /// Whose effects are noted; null: nobody's. It is followed to its end.
  void follow(Cell* cell);
  /// The followed actor; null once it has ended.
  Cell* followed() const;
  std::vector<Effect>& effects() { return effects_; }
  /// The function that the followed actor is in now, as C++ spells it; empty if there is none.
  std::string behavior() const;

 private:
  protocols::Frame* arriving(Core& core, protocols::Frame* frame) override;
  bool spawning(Core& core, const ActorType& type, const Cell* parent) override;
  bool sent_by_followed() const;
  bool turn();
  Time next_event() const;
  void note_become();

  Time clock_;
  io::SimDisk disk_;
  io::SimNetwork network_;
  io::SimBackend backend_;
  Node node_;
  std::optional<io::SimPools> pools_;
  std::optional<CoreContext::Bind> bind_;
  std::unique_ptr<Core> core_;
  Address followed_;
  std::string behavior_;
  std::vector<Effect> effects_;
};

}  // namespace troupe::testing

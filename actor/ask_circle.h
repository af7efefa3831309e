// Asks that wait for one another in a circle, and so for their deadline: how they are found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "actor/address.h"
#include "base/strand.h"
#include "base/time.h"
#include "protocols/frame.h"
#include "transport/frame_queue.h"

namespace troupe {

class Cell;
class Core;
struct ActorType;

/// Searches of one core that may be under way to others. An ask that comes then is not looked into,
/// and if it closes a circle, it ends with its deadline.
inline constexpr std::uint32_t kCircleSearchesMax = 64;
/// Asks that wait one for the other: longer chains are not looked into.
inline constexpr unsigned kCallersMax = 64;
/// Combinations and scopes within one another that an actor's await is looked for in.
inline constexpr unsigned kAwaitLevelsMax = 8;

/// The ask that brought `frame`, or any frame of an ask, as a coroutine's context names it.
CallId call_of(const protocols::AskPart& ask);

/// Whether `strand` awaits something that may end only after an ask, and one that was made for asks
/// with `deadline`: those inherit its own.
bool may_lead_to(const Strand& strand, Time deadline);
/// The ask of that entry, taken out of `frames`; null if it is not among them.
protocols::Frame* withdraw_ask_from(transport::FrameQueue& frames, const protocols::AskPart& ask);

/// The way from an ask to who made it, to whose ask that one was handling, and so on: as far as
/// one core can see. It closes a circle if it comes to an ask which the asked actor awaits.
class CallerTrail {
 public:
  enum class Found : std::uint8_t {
    kNothing,    ///< Its beginning: nobody waits for it in turn; or an ask that has ended.
    kCircle,     ///< `asked` waits for an answer that can only come after its own.
    kElsewhere,  ///< It goes on at core().
  };

  CallerTrail(Address asked, const CallId& ask) : asked_(asked), next_(ask) {}

  /// Goes on, on this core. Thread: any core; kCircle is found on that of the asked actor.
  Found follow(const Core& here);
  unsigned core() const { return next_.core; }
  /// "bank.Account 'alice' -> shop.Till (core 1, slot 7) -> bank.Account 'alice'". Call on the core
  /// of the asked actor.
  std::string text(const Core& here) const;

 private:
  // Those named in a report; of the others only that there were some.
  static constexpr std::size_t kNamedMax = 8;
  struct Step {
    const ActorType* type;
    Address address;
  };

  Address asked_;
  CallId next_;
  unsigned steps_ = 0;
  std::array<Step, kNamedMax> named_{};
};

/// From an actor to whom it has asked and awaits, and so on: the actors of a circle that this comes
/// to. Empty otherwise, and if the way leaves this core or is longer than a report names.
std::string circle_of_waits(const Core& here, const Cell& first);

/// Sends a search to other cores, which comes back to Cell::circle_found() if it closes a circle.
void search_elsewhere(Core& here, Address asked, const protocols::AskPart& ask,
                      const CallerTrail& trail);

/// Warns that asks wait in a circle; not each time.
void note_circle(Core& here, const CallerTrail& trail);

/// The coroutine that runs answers no more for `ask` itself: its right to do so went elsewhere.
/// What it asks from here on does not count as done for that ask.
void forget_call(const protocols::AskPart& ask);

}  // namespace troupe

// Interceptor: stands between senders and receivers, for tests: loses, delays, doubles, checks.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "actor/actor_type.h"
#include "actor/ledger.h"
#include "protocols/frame.h"

namespace troupe {

class Cell;
class Core;
struct DeadLetter;

/// Give it to NodeOptions::interceptor. Where there is none, no message pays for it. Calls come
/// from all cores, each with its own. Must outlive the system's run.
class Interceptor {
 public:
  virtual ~Interceptor() = default;

  /// `frame` has come for an actor or an ask of `core`. Gives what is delivered in its place, a
  /// frame of this core; or null: then this owns the frame, and Core::route() delivers it later.
  virtual protocols::Frame* arriving(Core&, protocols::Frame* frame) { return frame; }
  /// An actor is about to be made. False: refused, as if the limit of actors were reached. What it
  /// throws comes out of the spawn. `parent` is null below a guardian.
  virtual bool spawning(Core&, const ActorType&, const Cell* /*parent*/) { return true; }
  /// A message was dropped, and counted.
  virtual void dropped(Core&, const DeadLetter&) {}
  /// The core has taken its last turn: drop what is kept for it.
  virtual void ending(Core&) {}
};

/// What a behaviour gets out of its receive() where a test wants it to fail.
class InjectedFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Of a kStopAfterQueued frame that does not stop: receive() throws InjectedFailure instead.
inline constexpr std::uint16_t kKindThrow = 0xfffb;

/// Such a frame, for the target of the user frame `like`. What it says is cut to 256 bytes.
protocols::Frame* failure_frame(Core& core, const protocols::Frame& like, std::string_view what);
/// Throws what `frame` says and releases it.
[[noreturn]] void throw_failure(Core& core, protocols::Frame* frame);

}  // namespace troupe

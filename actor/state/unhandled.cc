#include "actor/state/unhandled.h"

#include <string>

#include "actor/cell.h"
#include "actor/core.h"
#include "actor/state/message_access.h"
#include "actor/supervision/failure.h"

namespace troupe {

void note_unhandled(Cell& cell, ReceivedMessage& message) {
  protocols::Frame* frame = MessageAccess::frame(message);
  if (frame == nullptr) return;  // kStop: the next receive() ends the behaviour
  Core& core = cell.core();
  core.events.message_unhandled(cell, MessageAccess::kind(message));
  const std::uint64_t count = core.ledger.unhandled;
  if (MessageAccess::kind(message) == kKindDown) {
    const Down down(*frame);
    std::string what = "an actor that it watched has ended, which it does not handle: ";
    what += down.what().empty() ? to_string(down.reason()) : down.what();
    throw DeathPact(what);
  }
  core.settle(frame, Code::kUnsupported);
  // Warn at the 1st, 2nd, 4th, 8th, …: visible, and never a flood.
  if ((count & (count - 1)) != 0) return;
  const char* kind = cell.type().kind_name(frame->header.kind);
  char name[kDescriptionBytesMax];
  cell.describe(name, sizeof name);
  log_warning(core.node().log(),
              "core %u has had %llu messages that were not handled; the last was %s to %s",
              core.index(), static_cast<unsigned long long>(count),
              kind != nullptr ? kind : "unknown", name);
}

}  // namespace troupe

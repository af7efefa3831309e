#include "actor/testing/test_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "actor/actor_type.h"
#include "actor/core.h"
#include "actor/testing/describe.h"
#include "actor/testing/message_check.h"
#include "io/sim/sim_engine.h"

namespace troupe::testing {

using protocols::Frame;
using protocols::FrameType;

std::string DroppedMessage::text() const {
  const ActorType* type = ActorTypeRegistration::find(letter.protocol);
  const char* kind = type != nullptr ? type->kind_name(letter.kind) : nullptr;
  return std::string(to_string(letter.reason)) + ": " + (type != nullptr ? type->name : "unknown") +
         "." + (kind != nullptr ? kind : "unknown") + " to core " +
         std::to_string(letter.target.core) + ", dropped on core " + std::to_string(core) +
         " after " + describe_duration(letter.at - io::SimEngine::kStart);
}

namespace {

/// An actor whose contract says whom it asks, asks nobody else. Seen where both live on one core.
void check_asker(const Core& core, const Frame& frame) {
  if (frame.header.type != FrameType::kAsk || frame.ask().core != core.index()) return;
  const PendingAsk* ask = core.asks.find(frame.ask().slot, frame.ask().nonce);
  const auto* asker = ask != nullptr ? dynamic_cast<const Cell*>(ask->asker().owner()) : nullptr;
  if (asker == nullptr || asker->type().asks == nullptr) return;
  const std::span<const std::uint32_t> named(asker->type().asks, asker->type().asks_count);
  if (std::ranges::find(named, frame.header.protocol) != named.end()) return;
  const ActorType* asked = ActorTypeRegistration::find(frame.header.protocol);
  ADD_FAILURE() << asker->type().name << " asks " << (asked != nullptr ? asked->name : "somebody")
                << ", which the 'asks' of its contract does not name";
}

}  // namespace

Frame* TestState::arriving(Core& core, Frame* frame) {
  check_asker(core, *frame);
  frame = faults.apply(core, frame);
  if (frame == nullptr || !check_messages_ || frame->header.kind == kKindThrow) return frame;
  return check_message(core, frame);
}

bool TestState::spawning(Core&, const ActorType& type, const Cell*) {
  return faults.allow_spawn(type);
}

void TestState::dropped(Core& core, const DeadLetter& letter) {
  dead_letters.push_back({letter, core.index()});
  if (dead_letter_came.waiting() == 0 || notice_.under_way) return;
  notice_.under_way = true;
  core.run_on(0, notice_);
}

}  // namespace troupe::testing

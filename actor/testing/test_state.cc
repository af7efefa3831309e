#include "actor/testing/test_state.h"

#include "actor/actor_type.h"
#include "actor/core.h"
#include "actor/testing/describe.h"
#include "actor/testing/message_check.h"
#include "io/sim/sim_engine.h"

namespace troupe::testing {

using protocols::Frame;

std::string DroppedMessage::text() const {
  const ActorType* type = ActorTypeRegistration::find(letter.protocol);
  const char* kind = type != nullptr ? type->kind_name(letter.kind) : nullptr;
  return std::string(to_string(letter.reason)) + ": " + (type != nullptr ? type->name : "unknown") +
         "." + (kind != nullptr ? kind : "unknown") + " to core " +
         std::to_string(letter.target.core) + ", dropped on core " + std::to_string(core) +
         " after " + describe_duration(letter.at - io::SimEngine::kStart);
}

Frame* TestState::arriving(Core& core, Frame* frame) {
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

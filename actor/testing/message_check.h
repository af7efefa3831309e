// check_message: gives each message to its receiver as if another program had sent it.
#pragma once

#include "actor/core.h"
#include "actor/interceptor.h"
#include "protocols/frame.h"

namespace troupe::testing {

/// Validates `frame`, header, parts and payload, against its type's shape
/// (protocols/frame_check.h), and gives a copy of it in a fresh block without the `native` flag;
/// the old block is overwritten and freed, so that nothing that still looks into it goes unseen.
/// Frames whose type nobody has registered are only copied. A flaw is a failure of the running
/// test, and the frame goes on.
protocols::Frame* check_message(Core& core, protocols::Frame* frame);

/// check_message() for every frame of a system, on any backend: NodeOptions::interceptor. Has no
/// state. TestOptions::check_messages does the same.
class MessageChecker final : public Interceptor {
 public:
  static MessageChecker& instance();
  protocols::Frame* arriving(Core& core, protocols::Frame* frame) override {
    return check_message(core, frame);
  }
};

}  // namespace troupe::testing

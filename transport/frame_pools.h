// Which pool of a core a frame lies in.
#pragma once

#include "base/core_context.h"
#include "protocols/frame.h"

namespace troupe::transport {

/// User messages in one, which may be refused; control and answers in the other, which has a
/// reserve. Frames of more than BlockPool::kPooledBytesMax lie in no pool, and either will do.
inline BlockPool& pool_for(CoreContext& core, protocols::FrameType type) {
  return protocols::is_control(type) ? core.blocks : core.messages;
}

}  // namespace troupe::transport

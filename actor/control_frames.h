// The frames by which actors learn of each other's lives: stop, watch, down.
#pragma once

#include "actor/address.h"
#include "actor/cell.h"
#include "protocols/frame.h"

namespace troupe {

class Core;

/// kStop or kStopAfterQueued for `target`.
protocols::Frame* stop_frame(Core& core, protocols::FrameType type, Address target);
/// kWatch or kUnwatch of `target` by `watcher`.
protocols::Frame* watch_frame(Core& core, protocols::FrameType type, Address target,
                              Address watcher);
/// kDown: tells `watcher` that `ended` has ended.
protocols::Frame* down_frame(Core& core, Address watcher, Address ended, DownReason reason);

/// Who watches, in a kWatch or kUnwatch frame.
Address watcher_in(const protocols::Frame& frame);
/// Who ended, and why, in a kDown frame.
Address ended_in(const protocols::Frame& frame);
DownReason reason_in(const protocols::Frame& frame);

}  // namespace troupe

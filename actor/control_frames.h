// The frames by which actors learn of each other's lives: stop, watch, down.
#pragma once

#include <string_view>

#include "actor/address.h"
#include "actor/cell.h"
#include "protocols/frame.h"

namespace troupe {

class Core;
class KeyedTarget;

/// kStop, kStopAfterQueued or kKill for `target`.
protocols::Frame* stop_frame(Core& core, protocols::FrameType type, Address target);
/// kWatch or kUnwatch of `target` by `watcher`.
protocols::Frame* watch_frame(Core& core, protocols::FrameType type, Address target,
                              Address watcher);
/// kWatch or kUnwatch of a topic: by `subscriber`, or by its core if that is nobody.
protocols::Frame* topic_frame(Core& core, protocols::FrameType type, const KeyedTarget& topic,
                              Address subscriber);
/// kDown: tells `watcher` that `ended` has ended; `what` it failed with, if it did.
protocols::Frame* down_frame(Core& core, Address watcher, Address ended, DownReason reason,
                             std::string_view what = {});
/// kAwaitEnd for `target`: an ask without payload, whose part is filled when it is sent.
protocols::Frame* await_end_frame(Core& core, Address target);
/// The answer to it.
protocols::Frame* end_answer(Core& core, const protocols::AskPart& ask, Address ended,
                             DownReason reason, std::string_view what = {});

/// Who watches, in a kWatch or kUnwatch frame.
Address watcher_in(const protocols::Frame& frame);
/// Who ended, and why, in a kDown frame or an end_answer(). The text is valid as long as the frame.
Address ended_in(const protocols::Frame& frame);
DownReason reason_in(const protocols::Frame& frame);
std::string_view end_text_in(const protocols::Frame& frame);

}  // namespace troupe

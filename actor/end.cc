#include "actor/end.h"

namespace troupe {

Result<Down> EndOperation::await_resume() {
  protocols::Frame* answer = take_answer();
  if (answer == nullptr) return Error(error());
  Core& core = Core::current();
  if (answer->header.type != protocols::FrameType::kReply) {
    const Error error = error_in(*answer, 0);
    core.release(answer);
    return error;
  }
  Down down(*answer);
  core.release(answer);
  return down;
}

EndOperation UntilEnded::operator co_await() const {
  Core& core = Core::current();
  if (stop_) {
    core.send_control(target_.core, stop_frame(core, protocols::FrameType::kStop, target_));
  }
  return EndOperation(await_end_frame(core, target_), target_.core, deadline_);
}

}  // namespace troupe

#include "actor/supervision/handle.h"

#include "actor/cell.h"
#include "actor/core.h"
#include "actor/state/message_access.h"

namespace troupe {

HandlerDirective decide_to_resume(const Failure& failure) {
  return failure.kind() == FailureKind::kDeathPact ? HandlerDirective::kFail
                                                   : HandlerDirective::kResume;
}

HandlerDirective decide_to_fail(const Failure&) { return HandlerDirective::kFail; }

void settle_failed(Cell& cell, ReceivedMessage& message, const std::exception_ptr& exception,
                   const HandlerDecider& decider) {
  Core& core = cell.core();
  protocols::Frame* frame = MessageAccess::frame(message);
  if (frame != nullptr) core.settle(frame, Code::kFailed);
  const Failure failure = Failure::of_exception(exception, true);
  if (decider(failure) == HandlerDirective::kFail) std::rethrow_exception(exception);
  const std::uint64_t count = ++core.ledger.resumed;
  // Warn at the 1st, 2nd, 4th, 8th, …: visible, and never a flood.
  if ((count & (count - 1)) != 0) return;
  char name[kDescriptionBytesMax];
  cell.describe(name, sizeof name);
  log_warning(core.node().log(),
              "core %u has had %llu handlers fail whose actors went on; the last was of %s: %s",
              core.index(), static_cast<unsigned long long>(count), name, failure.what().c_str());
}

}  // namespace troupe

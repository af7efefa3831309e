// For tests of Scope: children that leave a trace.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <stdexcept>

#include "base/core_context.h"
#include "base/result.h"
#include "base/scope.h"
#include "base/task.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe {

inline Time now() { return CoreContext::current().now(); }

/// What became of a child: written by it, read by the test after the scope has ended.
struct Trace {
  std::optional<Code> reason;
  std::optional<Time> ended;
};

/// Sleeps for `duration`; if cancelled, tidies up over a few turns first.
inline Task<Status> after(Duration duration, Trace* trace) {
  const Status slept = co_await sleep_for(duration);
  if (!slept) trace->reason = slept.error().code();
  trace->ended = now();
  co_return slept;
}

inline Task<Status> fail_after(Duration duration, std::uint64_t detail) {
  const Status slept = co_await sleep_for(duration);
  if (!slept) co_return slept;
  co_return Error(Code::kFailed, detail);
}

inline Task<void> throw_after(Duration duration) {
  const Status slept = co_await sleep_for(duration);
  if (slept) throw std::runtime_error("boom");
}

inline Task<void> count_at_once(int* count) {
  ++*count;
  co_return;
}

inline void expect_run(const Status& ended) {
  EXPECT_TRUE(ended.ok()) << (ended.ok() ? "" : ended.error().describe());
}

}  // namespace troupe

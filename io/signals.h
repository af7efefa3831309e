// SignalWatch: tells cores of SIGINT and SIGTERM; the second one ends the process.
#pragma once

#include <atomic>

#include "base/time.h"
#include "io/reactor.h"

namespace troupe::io {

/// While one lives, the process handles SIGINT and SIGTERM like this, whatever their disposition
/// was before (ignored too: a shell's background jobs begin so, and a server must end when told):
///   the first of either    goes to the core of every watch, also of those made afterwards;
///   another                ends the process at once, without destructors, with exit code 128 plus
///                          its number. Within kSameRequest of the first it counts as the same
///                          request: `timeout` and process managers signal the process and its
///                          group.
/// With the last watch the previous dispositions come back, and a later watch begins anew.
/// Thread: made and destroyed on any one, several at once; the core must outlive it. The handler
/// itself runs on any thread of the process.
class SignalWatch {
 public:
  static constexpr Duration kSameRequest = std::chrono::milliseconds(100);

  explicit SignalWatch(Reactor& core);
  /// Afterwards no handler touches the core.
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  static void handle(int number);

  Reactor& core_;
  // The list of all watches. Written under a lock by makers and destroyers, read by handlers.
  static inline std::atomic<SignalWatch*> first_ = nullptr;
  std::atomic<SignalWatch*> next_ = nullptr;
};

/// "SIGINT", "SIGTERM", or "a signal".
const char* signal_name(int number);

}  // namespace troupe::io

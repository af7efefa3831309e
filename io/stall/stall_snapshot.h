// StallSnapshot: what a core does at this moment, copied by a signal handler on the core's thread.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/async_stack.h"
#include "io/reactor.h"

namespace troupe::io {

/// A copy of who runs on a core, of its chain of awaits, and of its native stack. Memory of its
/// own, so that a handler may write it.
struct StallSnapshot {
  static constexpr std::size_t kOwnerBytesMax = 256;  ///< Longer names of actors are cut.
  static constexpr std::size_t kNativeFramesMax = 24;

  Reactor::Progress progress;  ///< When it was taken.
  bool in_strand = false;      ///< Otherwise the runtime runs, or what it calls: nothing below.
  std::array<char, kOwnerBytesMax> owner{};  ///< The actor; empty if it belongs to none.
  AsyncStack stack;
  std::array<void*, kNativeFramesMax> native{};
  int native_frames = 0;

  /// Copies what `core`, of this thread, does. Async-signal-safe.
  void take(const Reactor& core);
  /// Who, and then a line for each frame; lines after the first begin with a newline.
  std::string text() const;
};

/// Asks a core's thread for a snapshot, by a signal. Made by that thread and destroyed by it, when
/// the core takes no more turns; asked by one other thread.
class SnapshotRequest {
 public:
  /// The signal is SIGURG: ignored by default, passed on by debuggers, used for nothing else by
  /// anybody who does not ask for it.
  static constexpr const char* kSignalName = "SIGURG";

  explicit SnapshotRequest(const Reactor& core);
  ~SnapshotRequest();
  SnapshotRequest(const SnapshotRequest&) = delete;
  SnapshotRequest& operator=(const SnapshotRequest&) = delete;

  /// False if the program handles the signal itself: then nothing is asked or answered.
  bool possible() const { return possible_; }
  /// Interrupts the thread. Another thread.
  void ask();
  /// The answer to the last ask(), valid until the next; null if it has not come yet. The thread
  /// that asks.
  const StallSnapshot* answer() const;

 private:
  struct Disposition;
  static void handle(int number, siginfo_t* info, void* context);

  const Reactor& core_;
  const bool possible_;
  const pthread_t thread_;
  std::atomic<std::uint32_t> asked_ = 0;
  std::atomic<std::uint32_t> answered_ = 0;
  StallSnapshot snapshot_;
};

}  // namespace troupe::io

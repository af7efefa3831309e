// Reentry: which messages an actor may begin to handle while it still handles others.
#pragma once

#include <cstdint>
#include <utility>

#include "actor/actor_type.h"
#include "protocols/frame.h"
#include "transport/frame_queue.h"

namespace troupe {

class Cell;

/// Messages that one actor handles at once, at most; what comes then waits for its turn.
inline constexpr std::uint32_t kHandledAtOnceMax = 4096;

/// What a handler that runs stands in the way of.
enum class Manner : std::uint8_t {
  kBeside,  ///< Nothing: it may run beside all others, or belongs to one that waits for it.
  kReader,  ///< Writers.
  kWriter,  ///< Readers and writers.
};

/// Of an actor whose behaviour can be entered again, as long as that runs. Its mailbox then holds
/// only what may be taken at once: what runs beside anything, and the first of all others if its
/// turn has come. The rest is held here, in order; none of it overtakes another.
///
/// Thread: owner core only.
class Reentry {
 public:
  explicit Reentry(const ActorType& type) : type_(type) {}
  Reentry(const Reentry&) = delete;
  Reentry& operator=(const Reentry&) = delete;

  /// Handlers that run.
  std::uint32_t handling() const { return beside_ + readers_ + writers_; }
  bool idle() const { return handling() == 0 && held_.empty(); }
  /// Null if none is held.
  const protocols::Frame* oldest_held() const { return held_.front(); }

  /// It may be taken whatever runs.
  bool runs_beside(const protocols::Frame& frame) const;
  void hold(protocols::Frame* frame) { held_.push(frame); }
  /// The ask, if it is held, is no longer; null if it is not.
  protocols::Frame* withdraw(const protocols::AskPart& ask);
  /// Moves the first one held to the end of `mailbox`, if its turn has come. True: it has.
  bool offer(transport::FrameQueue& mailbox);

  /// `frame` was taken out of the mailbox: its handler runs in this manner, until ended().
  Manner began(const protocols::Frame& frame);
  void ended(Manner manner);

  /// What is held goes behind what is in `mailbox`, which holds all then.
  void release_to(transport::FrameQueue& mailbox);
  /// All that is in `mailbox` is held, before what is held already.
  void hold_all(transport::FrameQueue& mailbox);

 private:
  Interleaving rule_for(const protocols::Frame& frame) const;

  const ActorType& type_;
  transport::FrameQueue held_;
  const protocols::Frame* offered_ = nullptr;  // the one in the mailbox that was held
  std::uint32_t beside_ = 0;
  std::uint32_t readers_ = 0;
  std::uint32_t writers_ = 0;
};

/// A handler that runs; its end may let others begin. Its cell outlives it. Move-only.
class Handling {
 public:
  Handling(Cell& cell, Manner manner) : cell_(&cell), manner_(manner) {}
  Handling(Handling&& other) noexcept
      : cell_(std::exchange(other.cell_, nullptr)), manner_(other.manner_) {}
  Handling& operator=(Handling&&) = delete;
  ~Handling();

 private:
  Cell* cell_;
  Manner manner_;
};

}  // namespace troupe

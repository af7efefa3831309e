// Reentry: which messages an actor may begin to handle while it still handles others.
#pragma once

#include <cstdint>
#include <utility>

#include "actor/actor_type.h"
#include "base/strand.h"
#include "protocols/frame.h"
#include "transport/frame_queue.h"

namespace troupe {

class Cell;
class Handling;

/// Messages that one actor handles at once, at most; what comes then waits for its turn.
inline constexpr std::uint32_t kHandledAtOnceMax = 4096;

/// What a handler that runs stands in the way of.
enum class Manner : std::uint8_t {
  kBeside,  ///< Nothing: it may run beside all others.
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

  // ---- what waits ----

  /// All that is in `mailbox`, which is to hold what runs beside anything from here on.
  void begin(transport::FrameQueue& mailbox);
  /// What is held goes behind what is in `mailbox`.
  void end(transport::FrameQueue& mailbox);

  /// A message that came. True: it may be taken, and lies in `mailbox`.
  bool admit(protocols::Frame* frame, transport::FrameQueue& mailbox);
  /// Out of turn: one that is not held, or no longer.
  void admit_now(protocols::Frame* frame, transport::FrameQueue& mailbox);
  /// Moves the first one held to the end of `mailbox`, if its turn has come. True: it has.
  bool offer(transport::FrameQueue& mailbox);
  /// Those in `earlier` come before all that wait in line.
  void put_back(transport::FrameQueue& earlier, transport::FrameQueue& mailbox);
  /// The ask, if it is held, is no longer; null if it is not.
  protocols::Frame* withdraw(const protocols::AskPart& ask);
  /// To be dropped for a newer one; null if nothing waits, or a stop does.
  protocols::Frame* pop_oldest(transport::FrameQueue& mailbox);
  /// For who takes frames out of one of the two queues: those held; and says so of each that lay in
  /// the mailbox.
  transport::FrameQueue& held() { return held_; }
  void left_mailbox(const protocols::Frame& frame);

  // ---- handlers ----

  /// `frame` was taken out of the mailbox: its handler runs in this manner, until ended().
  Manner began(const protocols::Frame& frame);
  void ended(Manner manner);
  /// Whether the turn of what is held can only come after an ask that was made no earlier than one
  /// with `deadline`.
  bool may_wait_for_asks(Time deadline) const;
  /// The turn of what is held comes only after `ask`.
  bool blocked_by(const Operation& ask) const;
  /// Some handler ends only after `ask`.
  bool some_handler_needs(const Operation& ask) const;

 private:
  friend class Handling;
  Interleaving rule_for(const protocols::Frame& frame) const;
  bool stands_in_the_way(const Handling& handling) const;

  const ActorType& type_;
  transport::FrameQueue held_;
  const protocols::Frame* offered_ = nullptr;  // the one in the mailbox that was held
  std::uint32_t admitted_ = 0;                 // all others in the mailbox
  std::uint32_t beside_ = 0;
  std::uint32_t readers_ = 0;
  std::uint32_t writers_ = 0;
  Handling* first_ = nullptr;  // of those that await
};

/// A handler that runs; its end may let others begin. Its cell outlives it. Move-only, until
/// begin_in().
class Handling {
 public:
  Handling(Cell& cell, Manner manner) : cell_(&cell), manner_(manner) {}
  Handling(Handling&& other) noexcept
      : cell_(std::exchange(other.cell_, nullptr)), manner_(other.manner_) {}
  Handling& operator=(Handling&&) = delete;
  ~Handling();

  /// It awaits, in that strand, which outlives this.
  void begin_in(const Strand& strand);

 private:
  friend class Reentry;
  Cell* cell_;
  const Strand* strand_ = nullptr;
  Handling* next_ = nullptr;
  Handling* previous_ = nullptr;
  Manner manner_;
};

/// While it lives, the cell's behaviour takes messages while handlers run.
class ReentryPeriod {
 public:
  explicit ReentryPeriod(Cell& cell);
  ReentryPeriod(const ReentryPeriod&) = delete;
  ReentryPeriod& operator=(const ReentryPeriod&) = delete;
  ~ReentryPeriod();

 private:
  Cell& cell_;
};

}  // namespace troupe

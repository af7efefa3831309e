// Cell: one living actor: its mailbox, its behaviour's frame, its place among others.
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "actor/actor_type.h"
#include "actor/address.h"
#include "actor/behavior.h"
#include "actor/ledger.h"
#include "base/run_queue.h"
#include "base/strand.h"
#include "base/time.h"
#include "protocols/frame.h"
#include "transport/frame_queue.h"
#include "transport/room_waiters.h"

namespace troupe {

class Core;
struct ActorReport;

/// Kinds that every actor knows beside the ordinals of its contract.
inline constexpr std::uint16_t kKindStop = 0xffff;
inline constexpr std::uint16_t kKindUnknown = 0xfffe;
inline constexpr std::uint16_t kKindDown = 0xfffd;

/// How an actor ended. Values travel: append only.
enum class DownReason : std::uint16_t {
  kNormal = 0,       ///< Its behaviour came to its end.
  kStopped = 1,      ///< It was asked to stop.
  kFailed = 2,       ///< An exception left its behaviour.
  kNoSuchActor = 3,  ///< It was gone before it was watched.
};
const char* to_string(DownReason reason);

/// What receive() hands to generated code. `frame` is null for kKindStop.
struct Delivery {
  protocols::Frame* frame;
  std::uint16_t kind;
};

/// Messages a behaviour may take before other actors of the core get their turn.
inline constexpr unsigned kMessagesPerTurn = 64;
/// Watch relations one actor may hold, in each direction.
inline constexpr std::size_t kWatchesMax = 1 << 16;

/// Thread: owner core only. Made by Core::spawn, ends itself.
class Cell final : public Runnable {
 public:
  Cell(Core& core, const ActorType& type, Address address, Cell* parent);
  Cell(const Cell&) = delete;
  Cell& operator=(const Cell&) = delete;
  ~Cell();

  Core& core() const { return core_; }
  const ActorType& type() const { return type_; }
  Address address() const { return address_; }
  Strand& strand() { return strand_; }
  /// Empty for actors that are not keyed.
  std::string_view key() const;
  std::uint32_t queued() const { return queued_; }
  bool stopping() const { return stopping_; }
  /// Type and key, NUL-terminated, cut to `bytes`.
  void describe(char* text, std::size_t bytes) const override;
  const char* awaited_in(const PromiseBase& innermost) const override;
  /// What it does or waits for. (actor_report.cc)
  ActorReport report() const;

  // ---- life ----

  /// Takes the behaviour over; its first step comes with the run queue.
  void start(Behavior behavior);
  /// The next receive() returns kStop; a suspended await returns kStopping.
  void request_stop();
  /// As request_stop, but a keyed actor's queued messages go to its next activation.
  void passivate();
  /// The present behaviour awaits and never resumes; `next` takes its place.
  void replace_behavior(Behavior next);
  void behavior_ended();
  /// Its parent no longer counts it as a child.
  void leave_parent();
  bool idle_since(Time moment) const;

  // ---- messages ----

  /// False once it ends: what comes is dropped. A keyed one keeps it for its next activation.
  bool takes_messages() const { return !closed_ || keyed_ != nullptr; }
  /// A user frame: queued, or dropped by the mailbox limits. (cell_inline.h)
  inline void enqueue(protocols::Frame* frame);
  bool has_room(std::size_t bytes) const {
    return queued_ < mailbox_messages_max_ && queued_bytes_ + bytes <= type_.mailbox_bytes;
  }
  /// A control frame: never dropped, taken before user messages.
  void control(protocols::Frame* frame);

  // ---- receive ----

  bool can_receive() const { return budget_ > 0 && deliverable(); }
  void wait(std::coroutine_handle<> receiver);
  inline Delivery take(PromiseBase& promise);  // cell_inline.h

  void run() override;

  // ---- relations ----

  void watch(Address target);
  void unwatch(Address target);
  void add_watcher(Address watcher);
  void remove_watcher(Address watcher);
  /// Who waits for has_room() to become true again.
  transport::RoomWaiters& room_waiters();

 private:
  friend class KeyedActors;
  struct Relations;
  // What only keyed actors have. Lies in a block of the core, with the key's text behind it.
  struct Keyed {
    Cell* next;  // links the core's keyed cells
    Cell* previous;
    Time last_active;
    std::size_t bytes;  // of the text, which a NUL follows

    char* text() { return reinterpret_cast<char*>(this + 1); }
  };

  bool deliverable() const { return !mailbox_.empty() || urgent_; }
  inline void schedule();
  Delivery take_urgent();
  Delivery take_stop(protocols::Frame* frame);
  Delivery deliver_stop();
  inline protocols::Frame* pop_message();
  inline void push_message(protocols::Frame* frame);
  void enqueue_or_drop(protocols::Frame* frame);
  void wake_room_waiters();
  void drop_mailbox(DropReason reason);
  void warn_about_depth();
  bool is_watching(Address target);
  void overflow(protocols::Frame* frame);
  void begin(Behavior::Handle behavior);
  Behavior::promise_type& promise() const;
  Behavior::Handle behavior() const { return Behavior::Handle::from_promise(promise()); }
  void begin_end();
  void finish_end();
  void child_ended(Cell& child);
  Relations& relations();

  // In the order of use: a message touches the first two cache lines.
  Core& core_;
  const ActorType& type_;
  transport::FrameQueue mailbox_;
  std::coroutine_handle<> receiver_;  // who awaits receive(), if anybody
  std::uint32_t queued_ = 0;
  std::uint32_t budget_ = 0;
  std::uint64_t queued_bytes_ = 0;
  const std::uint32_t mailbox_messages_max_;
  std::uint32_t warn_at_ = kMailboxWarnMessages;
  Keyed* keyed_ = nullptr;
  std::unique_ptr<Relations> relations_;

  bool urgent_ = false;     // a control frame or a stop waits
  bool scheduled_ = false;  // in the run queue
  bool started_ = false;
  bool stopping_ = false;     // stop was requested
  bool closed_ = false;       // takes no more messages
  bool passivating_ = false;  // what comes now is for the next activation
  bool stop_delivered_ = false;
  bool ended_ = false;   // the behaviour came to its end
  bool ending_ = false;  // waits for its children
  DownReason reason_ = DownReason::kNormal;

  Address address_;
  Behavior::Handle next_behavior_;  // becomes the first coroutine of strand_
  Strand strand_;

  Cell* parent_;
  Cell* next_sibling_ = nullptr;
  Cell* previous_sibling_ = nullptr;
};
// A million of them: bench/idle.cc shows what an actor costs. Whatever few actors need belongs into
// Relations or Keyed.
static_assert(sizeof(Cell) <= 192, "a cell takes a block of 192 bytes");

inline std::string_view Cell::key() const {
  return keyed_ == nullptr ? std::string_view() : std::string_view(keyed_->text(), keyed_->bytes);
}

}  // namespace troupe

// Cell: one living actor: its mailbox, its behaviour's frame, its place among others.
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "actor/actor_type.h"
#include "actor/address.h"
#include "actor/ask_circle.h"
#include "actor/ask_incident.h"
#include "actor/behavior.h"
#include "actor/ledger.h"
#include "actor/reentry.h"
#include "base/run_queue.h"
#include "base/strand.h"
#include "base/time.h"
#include "protocols/frame.h"
#include "transport/frame_queue.h"
#include "transport/room_waiters.h"

namespace troupe {

class BehaviorFactory;
class Children;
class Core;
class Failure;
class ReceiveOperation;
class RestartRound;
class Supervised;
class Timers;
struct TopicEntry;
enum class Directive : std::uint8_t;
struct ActorReport;
struct Supervision;

/// Kinds that every actor knows beside the ordinals of its contract.
inline constexpr std::uint16_t kKindStop = 0xffff;
inline constexpr std::uint16_t kKindUnknown = 0xfffe;
inline constexpr std::uint16_t kKindDown = 0xfffd;

/// How an actor ended. Values travel: append only.
enum class DownReason : std::uint16_t {
  kNormal = 0,       ///< Its behaviour came to its end.
  kStopped = 1,      ///< It was asked to stop.
  kFailed = 2,       ///< It failed, and its supervisor decided that it stops.
  kNoSuchActor = 3,  ///< It was gone before it was watched.
  kKilled = 4,       ///< Somebody killed it: Ref::kill().
  kNodeLost = 5,     ///< Its node is gone: what became of it is not known.
};
const char* to_string(DownReason reason);

/// Whose children those without a parent are: three on each core, which are no actors themselves.
enum class Guardian : std::uint8_t {
  kUser,    ///< What Root::spawn starts: the children of /user.
  kSystem,  ///< What the runtime starts: the children of /system.
  kKeyed,   ///< Activations of keyed actors.
};
inline constexpr std::size_t kGuardians = 3;

/// What receive() hands to generated code. `frame` is null for kKindStop.
struct Delivery {
  protocols::Frame* frame;
  std::uint16_t kind;
};

/// Messages a behaviour may take before other actors of the core get their turn.
inline constexpr unsigned kMessagesPerTurn = 64;
/// Of a type with its key, or of an actor's name, in a line for people; longer ones are cut.
inline constexpr std::size_t kDescriptionBytesMax = 512;
/// Watch relations one actor may hold, in each direction.
inline constexpr std::size_t kWatchesMax = 1 << 16;

/// Thread: owner core only. Made by Core::spawn, ends itself.
class Cell final : public Runnable {
 public:
  /// Without a parent, it is the guardian's child.
  Cell(Core& core, const ActorType& type, Address address, Cell* parent, Guardian guardian);
  Cell(const Cell&) = delete;
  Cell& operator=(const Cell&) = delete;
  ~Cell();

  Core& core() const { return core_; }
  const ActorType& type() const { return type_; }
  Address address() const { return address_; }
  Strand& strand() { return strand_; }
  /// What its behaviour awaits; null for a receive, and while it runs or is about to.
  const Operation* waiting() const { return strand_.waiting(); }
  /// Empty for actors that are not keyed.
  std::string_view key() const;
  std::uint32_t queued() const { return queued_; }
  /// The same in short, and its mailbox: for who waited for it in vain.
  AskIncident::State state() const;
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

  // ---- family ----

  /// Null for one whose parent is a guardian.
  Cell* parent() const { return parent_; }
  /// Of one without a parent: whose child it is.
  Guardian guardian() const { return guardian_; }
  /// Spawned by the same parent before, or after, this one.
  Cell* older_sibling() const { return next_sibling_; }
  Cell* newer_sibling() const { return previous_sibling_; }
  /// Null if it has no child.
  Children* children() const;
  /// Empty: it was given none.
  std::string_view name() const;
  /// Before start(); free among its siblings.
  void set_name(std::string_view name);

  // ---- supervision (cell_supervision.cc) ----

  /// Before start().
  void supervise(const Supervision& supervision, std::unique_ptr<BehaviorFactory> factory);
  /// Null for one that was spawned without.
  Supervised* supervised() const;
  /// It fails for a reason outside its behaviour, which ends at its next receive().
  void fail(Failure failure);
  /// It is to start anew, together with the others of the round; null: alone. One that cannot
  /// stops.
  void request_restart(std::shared_ptr<RestartRound> round);
  /// The moment to make the new behaviour has come. For Supervised and RestartRound.
  void ready_to_start();
  void start_anew();
  /// For the HealthMonitor: the message that waits longest, to be compared alone; null if none
  /// waits.
  const void* oldest_message() const;
  void health_check_ended();
  bool has_behavior() const { return strand_.first() != nullptr; }
  bool awaits_round() const { return phase_ == Phase::kAwaitingRound; }

  // ---- messages ----

  /// False once it ends: what comes is dropped. A keyed one keeps it for its next activation.
  bool takes_messages() const { return !closed() || keyed_ != nullptr; }
  /// A user frame: queued, or dropped by the mailbox limits. (cell_inline.h)
  inline void enqueue(protocols::Frame* frame);
  bool has_room(std::size_t bytes) const {
    return queued_ < mailbox_messages_max_ && queued_bytes_ + bytes <= type_.mailbox_bytes;
  }
  /// A control frame: never dropped, taken before user messages.
  void control(protocols::Frame* frame);

  // ---- several handlers at once (reentry.cc) ----

  /// Its behaviour takes messages while handlers run, until it says that it does no more, or ends.
  void begin_reentry();
  void end_reentry();
  /// The message was taken, and its handler runs as long as what this gives lives.
  Handling begin_handling(const protocols::Frame& frame);
  /// Null unless it does.
  Reentry* reentry() const {
    return (intake_ & kReentrant) != 0 ? reentry_of_relations() : nullptr;
  }
  /// The first of those held may have come to its turn. Only if there is reentry().
  void offer_held();

  // ---- asks in a circle (reentry.cc, ask_circle.h) ----

  /// It takes no message that has to wait for its turn before `ask` ends.
  bool waits_for(const Operation& ask) const;
  /// It answers what it handles in the strand that made `ask` only when that has ended.
  bool answers_after(const Operation& ask) const;
  /// The ask, in this mailbox, is one that this actor waits for.
  void circle_found(const protocols::AskPart& ask);

  // ---- timers and stashes (time/timers.cc, state/stash.cc) ----

  /// Made at the first call.
  Timers& timers();
  /// Takes the messages of the timer that is known by `tag` out of the mailbox, and drops them.
  void withdraw(protocols::Word tag);
  /// A message that was taken is kept instead of handled.
  void note_kept() {
    if (keyed_ != nullptr) --keyed_->taken;
  }
  /// Messages of this actor that were kept: they come next, in order, whatever the limits say.
  void put_back(transport::FrameQueue& kept, std::uint32_t count, std::uint64_t bytes);

  // ---- receive ----

  bool can_receive() const { return budget_ > 0 && deliverable(); }
  void wait(std::coroutine_handle<> receiver);
  inline Delivery take(PromiseBase& promise);  // cell_inline.h

  // For a receive() that is an Operation: in a task, in a branch, or with a deadline. (receive.cc)

  /// False: it is to end at once, since the actor is to end and its behaviour knows.
  bool wait_for(ReceiveOperation& operation, std::coroutine_handle<> receiver);
  /// Its coroutine is about to go on: with a message; without one.
  void receive_over(const ReceiveOperation& operation);
  void stop_waiting(const ReceiveOperation& operation);
  /// There is something to take, and nothing against taking it.
  bool can_deliver() const { return (unusual_ & (kUnwanted | kSuspended)) == 0 && deliverable(); }
  /// As take(), whatever is left of the turn. In a branch, kStop is only lent: the behaviour's own
  /// next receive() gives it once more.
  Delivery take_for(const ReceiveOperation& operation, PromiseBase& promise);
  /// Its behaviour is about to get kStop, or has got it.
  bool is_to_stop() const { return stopping_ || (unusual_ & kUnwanted) != 0; }

  void run() override;

  // ---- relations (cell_relations.cc) ----

  void watch(Address target);
  /// As watch(), but its end is this actor's failure (kDeathPact) instead of a message.
  void link(Address target);
  void unwatch(Address target);
  void add_watcher(Address watcher);
  void remove_watcher(Address watcher);
  /// The ask is answered at its end.
  void await_end(const protocols::AskPart& ask);
  /// It is listed by name: CoreNames is told of its end.
  void note_listed();
  /// The topics of this core that it has subscribed to, until it ends (delivery/topics.h).
  std::vector<TopicEntry*>& topics();
  /// Its end is to end its subscriptions to events.
  void note_event_subscription();
  /// Adds to the number of its pipes (delivery/pipe.h), which it returns.
  std::uint32_t count_pipes(int added);
  /// Who waits for has_room() to become true again.
  transport::RoomWaiters& room_waiters();

 private:
  friend class Children;
  friend class KeyedActors;
  struct Relations;
  // What only keyed actors have. Lies in a block of the core, with the key's text behind it.
  struct Keyed {
    Cell* next;  // links the core's keyed cells
    Cell* previous;
    Time last_active;
    std::uint32_t bytes;      // of the text, which a NUL follows
    std::uint32_t taken = 0;  // messages, without those that went into a Stash; it may wrap

    char* text() { return reinterpret_cast<char*>(this + 1); }
  };

  /// Where it is in its life.
  enum class Phase : std::uint8_t {
    kLiving,         // it has a behaviour, or kAttend says that it is about to lose it
    kEnding,         // no behaviour: waits for its children
    kClearing,       // no behaviour, to start anew: waits for its children
    kBackingOff,     // the same, waits for its time
    kAwaitingRound,  // the same, waits for siblings
    kEscalated,      // no behaviour: waits for what its parent's supervisor decides
  };
  // What receive() looks at before it waits, and run() before it resumes.
  static constexpr std::uint8_t kUnwanted = 1;   // the behaviour ends at its next receive()
  static constexpr std::uint8_t kSuspended = 2;  // it gets no message: its parent has failed
  static constexpr std::uint8_t kOperation = 4;  // a ReceiveOperation waits
  static constexpr std::uint8_t kAttend = 8;     // attend() goes on: the behaviour ended, say
  // What a message that comes looks at.
  static constexpr std::uint8_t kClosed = 1;     // it takes no more
  static constexpr std::uint8_t kReentrant = 2;  // relations_->reentry says which ones wait

  bool deliverable() const { return !mailbox_.empty() || urgent_; }
  inline void schedule();
  Delivery take_urgent();
  Delivery take_special(protocols::Frame* frame);
  void cancel_timers();  // of one that has relations_
  void drop(protocols::Frame* frame, DropReason reason, std::uint64_t detail = 0);
  bool closed() const { return (intake_ & kClosed) != 0; }
  Reentry* reentry_of_relations() const;
  void enqueue_reentrant(protocols::Frame* frame);
  void look_for_circle(const protocols::Frame& frame);
  void withdraw_from(transport::FrameQueue& frames, protocols::Word tag);
  Delivery deliver_stop();
  inline protocols::Frame* pop_message();
  inline void push_message(protocols::Frame* frame);
  inline void count_message(const protocols::Frame& frame);
  void enqueue_unusually(protocols::Frame* frame);
  void enqueue_in_limits(protocols::Frame* frame);
  void wake_room_waiters();
  void drop_mailbox(DropReason reason);
  void warn_about_depth();
  bool is_watching(Address target);
  bool take_down(protocols::Frame* frame);
  void tell_of_end();
  void overflow(protocols::Frame* frame);
  protocols::Frame* pop_oldest();
  void begin(Behavior::Handle behavior);
  /// Of the present behaviour, as long as it has one.
  Behavior::promise_type& promise() const {
    return static_cast<Behavior::promise_type&>(const_cast<PromiseBase&>(*strand_.first()));
  }
  Behavior::Handle behavior() const { return Behavior::Handle::from_promise(promise()); }
  void attend();
  void behavior_gone();
  void behavior_gone_with_relations();
  void destroy_behavior();
  void wait_unusually(std::coroutine_handle<> receiver);
  bool receives_in_branch() const;
  void end(DownReason reason);
  void finish_end();
  Relations& relations();
  Children& siblings();

  /// Whether it has taken a message since it started.
  bool has_received() const { return received_ || budget_ != kMessagesPerTurn; }
  void break_off();
  void wind_up();
  void suspend();
  void suspend_children();
  void resume();
  void resume_children();
  std::optional<Failure> take_failure();
  void decide(const Failure& failure);
  void decide_at_end();
  void note_failure(const Failure& failure, const char* consequence);
  std::shared_ptr<RestartRound> restart_siblings();
  void stop_siblings();
  void begin_restart();
  void clear_children();
  void continue_restart();
  void escalate(const Failure& failure);
  void end_failed(const Failure& failure);

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
  std::uint8_t intake_ = 0;                // kClosed, kReentrant
  std::uint8_t unusual_ = 0;               // kUnwanted, kSuspended, kOperation, kAttend
  bool stopping_ : 1 = false;              // stop was requested
  bool passivating_ : 1 = false;           // what comes now is for the next activation
  bool stop_delivered_ : 1 = false;        // receive() gave kStop
  bool received_ : 1 = false;              // see has_received()
  bool restart_requested_ : 1 = false;     // the behaviour's end is no end of the actor
  bool receives_in_branches_ : 1 = false;  // has done so: what its behaviour awaits says little
  Phase phase_ = Phase::kLiving;
  const Guardian guardian_;
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

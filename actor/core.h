// Core: a reactor with its actors: routes frames to mailboxes, asks and lanes; drops with a reason.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "actor/actor_report.h"
#include "actor/ask_incident.h"
#include "actor/ask_table.h"
#include "actor/cell.h"
#include "actor/cell_table.h"
#include "actor/children.h"
#include "actor/delivery/dead_letters.h"
#include "actor/delivery/event_stream.h"
#include "actor/delivery/topics.h"
#include "actor/keyed_actors.h"
#include "actor/ledger.h"
#include "actor/node.h"
#include "actor/stop_request.h"
#include "base/error.h"
#include "io/reactor.h"
#include "protocols/frame.h"
#include "transport/core_exchange.h"
#include "transport/frame_pools.h"

namespace troupe {

namespace names {
class CoreNames;
}

/// Thread: its own only. Reached as Core::current() from whatever runs on it.
class Core final : public io::Reactor, public transport::FrameSink {
 public:
  Core(std::uint16_t index, io::Backend& backend, std::uint64_t seed, Node& node);
  ~Core() override;

  static Core& current() { return static_cast<Core&>(CoreContext::current()); }

  Node& node() const { return node_; }

  // ---- frames ----

  /// A block for a frame of control or an answer of `bytes` (header included), not yet initialised.
  /// Never null.
  protocols::Frame* new_frame(std::size_t bytes) {
    return static_cast<protocols::Frame*>(blocks.allocate(sizeof(protocols::Frame*) + bytes));
  }
  /// The same for a user message; null if there is no memory for it.
  protocols::Frame* new_message(std::size_t bytes) {
    return static_cast<protocols::Frame*>(messages.try_allocate(sizeof(protocols::Frame*) + bytes));
  }
  /// For a copy of a frame of that type, in the pool where such frames lie. Never null.
  protocols::Frame* new_frame_like(protocols::FrameType type, std::size_t bytes) {
    return static_cast<protocols::Frame*>(
        transport::pool_for(*this, type).allocate(sizeof(protocols::Frame*) + bytes));
  }
  /// Of any type.
  void release(protocols::Frame* frame) { exchange.release(frame); }
  /// The same for an answer.
  void release_answer(protocols::Frame* frame) {
    if (frame->has(protocols::frame_flag::kHandedOver)) [[unlikely]]
      return exchange.release(frame);
    blocks.free(frame, frame->block_bytes());
  }
  /// Limit of a frame, header included.
  std::uint32_t frame_bytes_max() const { return frame_bytes_max_; }
  /// Up to so many bytes of payload an answer is sent whatever memory there is.
  std::uint32_t small_answer_bytes_max() const { return small_answer_bytes_max_; }

  /// Takes a frame that reached its core: from a lane, or from an actor of this core.
  void deliver(protocols::Frame* frame) override;
  void refuse(protocols::Frame* frame) override;
  /// The same past the interceptor: what it kept.
  void route(protocols::Frame* frame);
  /// The same for a frame of this core, whose target is at hand.
  [[gnu::always_inline]] inline void deliver_here(protocols::Frame* frame, const Address& target,
                                                  std::uint32_t protocol);
  /// Sends a user frame in a block of this core. To another core, the caller made sure of room.
  void send(std::uint16_t core, protocols::Frame* frame);
  /// Sends what must arrive: control of actors and answers.
  void send_control(std::uint16_t core, protocols::Frame* frame);

  /// The one place where user messages are dropped: counts, notes a dead letter, answers an ask,
  /// releases the handles inside, frees. `detail` is what the asker's error says: how many queued.
  void drop(protocols::Frame* frame, DropReason reason, std::uint64_t detail = 0) {
    drop_on_the_way(frame, reason, detail, index());
  }
  /// The same for a frame whose target is an actor of `target_core`. Also what the exchange calls
  /// for one beyond its budget.
  void drop_on_the_way(protocols::Frame* frame, DropReason reason, std::uint64_t detail,
                       unsigned target_core);
  void refuse_beyond_budget(unsigned target_core, protocols::Frame* frame) override {
    drop_on_the_way(frame, DropReason::kLaneFull, 0, target_core);
  }
  /// The same for a message that never became a frame.
  void drop_unsent(DropReason reason, std::uint32_t protocol, std::uint16_t kind, Address target);

  /// Shows a frame that no lane and no other actor brought to whoever records frames.
  void observe(const protocols::Frame& frame);

  /// Answers an ask of somebody with an error.
  void answer_failure(const protocols::AskPart& ask, std::uint32_t protocol, std::uint16_t kind,
                      Code code, std::uint64_t detail = 0);
  /// What a message still owes when it is destroyed: an answer, the handles inside.
  void settle(protocols::Frame* frame, Code unanswered, std::uint64_t detail = 0);

  /// Runs `work` on any core, this one too, when its turn comes there; it must live until then.
  void run_on(unsigned core, Runnable& work);

  // ---- actors ----

  /// A cell without behaviour; Cell::start follows. Null if the limit of actors is reached or there
  /// is no memory: why_no_cell() says which.
  Cell* new_cell(const ActorType& type, Cell* parent, Guardian guardian = Guardian::kUser);
  DropReason why_no_cell() const;
  /// Counts an actor that was not spawned for that reason, and warns.
  void note_not_spawned();
  /// Undoes new_cell() for a cell that was not started.
  void discard_cell(Cell& cell);
  /// Its end: called by the cell itself.
  void delete_cell(Cell& cell);

  /// The actors of this core that have no parent, by the guardian whose children they are.
  Children& guardian(Guardian guardian) { return guardians_[static_cast<std::size_t>(guardian)]; }
  /// A child of a guardian has failed, and its supervision escalates that.
  void escalate_to_guardian(const Cell& cell, const Failure& failure);

  /// Asks every actor to stop; `all_ended` runs once none is left. Keyed ones no longer activate.
  void stop_actors(Runnable& all_ended);
  bool stopping() const { return stopping_; }
  /// Runs once, when a failure was escalated to the guardian of users: the system is to end.
  void on_guardian_failure(Runnable& work) { on_guardian_failure_ = &work; }
  /// What an actor of this core does or waits for; none if it is gone.
  std::optional<ActorReport> report_actor(Address address) const;
  /// The same of the living actors of this core, at most `limit`, by slot.
  std::vector<ActorReport> report_actors(std::size_t limit) const;

  /// The core has taken its last turn: what the interceptor kept for it is dropped.
  void end_interception();

  transport::CoreExchange exchange;
  AskTable asks;
  AskIncidents ask_incidents;
  /// Under way: kCircleSearchesMax. And how often one was found, this core's actor being asked.
  std::uint32_t circle_searches = 0;
  std::uint64_t circles_found = 0;
  CellTable cells;
  KeyedActors keyed;
  Ledger ledger;
  StopRequest stop_request;
  /// Registry and receptionist, and what is under way for them.
  const std::unique_ptr<names::CoreNames> names;
  DeadLetters dead_letters;
  EventStream events;
  Topics topics;

 protected:
  const char* describe(const Runnable& work) const override;

 private:
  // With so many free cells, which ended actors left behind, new ones take no memory.
  static constexpr std::size_t kSpareCells = 64;

  void deliver_user(protocols::Frame* frame);
  void deliver_control(protocols::Frame* frame);
  void deliver_answer(protocols::Frame* frame);
  void tell_interceptor(DropReason reason, std::uint32_t protocol, std::uint16_t kind,
                        Address target);
  [[gnu::noinline]] void deliver_inspected(protocols::Frame* frame);
  inline void dispatch(protocols::Frame* frame);

  Node& node_;
  FrameObserver* observer_;
  Interceptor* interceptor_;
  const bool inspected_;  // there is one of the two
  const std::uint32_t frame_bytes_max_;
  const std::uint32_t small_answer_bytes_max_;
  std::uint64_t not_spawned_ = 0;
  bool stopping_ = false;
  Runnable* all_ended_ = nullptr;
  Runnable* on_guardian_failure_ = nullptr;
  Children guardians_[kGuardians];
};

}  // namespace troupe

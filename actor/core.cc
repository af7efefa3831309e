#include "actor/core.h"

#include <algorithm>
#include <new>
#include <string>

#include "actor/cell_inline.h"
#include "actor/control_frames.h"
#include "actor/interceptor.h"
#include "actor/names/core_names.h"
#include "actor/relations.h"
#include "actor/reply.h"

namespace troupe {

using protocols::AskPart;
using protocols::Frame;
using protocols::FrameType;
namespace frame_flag = protocols::frame_flag;

namespace {

io::ReactorOptions reactor_options(const Node& node) {
  io::ReactorOptions options = node.options().reactor;
  options.detect_blocking = node.options().detect_blocking;
  options.log = node.options().log;
  return options;
}

// What of a pooled block is left for an answer's payload.
constexpr auto kPooledAnswerBytes = static_cast<std::uint32_t>(
    BlockPool::kPooledBytesMax - sizeof(Frame) - sizeof(protocols::Word));

}  // namespace

Core::Core(std::uint16_t index, io::Backend& backend, std::uint64_t seed, Node& node)
    : io::Reactor(index, backend, seed, reactor_options(node)),
      exchange(node.mesh(), *this, *this),
      asks(random),
      ask_incidents(random),
      keyed(*this, random.next()),
      names(std::make_unique<names::CoreNames>(*this)),
      dead_letters(*this, node.options().dead_letters),
      events(*this),
      topics(*this),
      node_(node),
      observer_(node.options().observer),
      interceptor_(node.options().interceptor),
      inspected_(observer_ != nullptr || interceptor_ != nullptr),
      frame_bytes_max_(node.options().frame_bytes_max),
      small_answer_bytes_max_(std::min(frame_bytes_max_, kPooledAnswerBytes)) {
  attach(exchange);
}

Core::~Core() = default;

const char* Core::describe(const Runnable& work) const {
  const auto* cell = dynamic_cast<const Cell*>(&work);
  return cell != nullptr ? cell->type().name : io::Reactor::describe(work);
}

// ---- frames ----

// Inline in both that call it: each message between cores and each answer passes here.
[[gnu::always_inline]] inline void Core::dispatch(Frame* frame) {
  switch (frame->header.type) {
    case FrameType::kTell:
    case FrameType::kAsk:
    case FrameType::kStopAfterQueued:
      deliver_user(frame);
      break;
    case FrameType::kReply:
    case FrameType::kDenial:
    case FrameType::kFailure:
      deliver_answer(frame);
      break;
    case FrameType::kStop:
    case FrameType::kKill:
    case FrameType::kWatch:
    case FrameType::kUnwatch:
    case FrameType::kDown:
    case FrameType::kAwaitEnd:
      deliver_control(frame);
      break;
  }
}

void Core::deliver(Frame* frame) {
  if (inspected_) [[unlikely]]
    return deliver_inspected(frame);
  dispatch(frame);
}

void Core::route(Frame* frame) { dispatch(frame); }

void Core::deliver_inspected(Frame* frame) {
  // What is for a topic has no receiver yet: each subscriber's copy is looked at.
  if (frame->has(frame_flag::kTopic)) return route(frame);
  if (interceptor_ != nullptr) frame = interceptor_->arriving(*this, frame);
  if (frame == nullptr) return;
  if (observer_ != nullptr) observer_->frame(index(), now(), *frame);
  route(frame);
}

void Core::end_interception() {
  if (interceptor_ != nullptr) interceptor_->ending(*this);
}

void Core::deliver_user(Frame* frame) {
  Cell* cell = nullptr;
  DropReason gone = stopping_ ? DropReason::kSystemStopping : DropReason::kNoSuchActor;
  if (frame->has(frame_flag::kKeyed)) {
    if (frame->has(frame_flag::kTopic)) return topics.deliver(frame);
    if (!stopping_) cell = keyed.find_or_activate(*frame, gone);
  } else {
    cell = cells.find(frame->header.slot, frame->header.incarnation);
  }
  if (cell != nullptr && cell->type().protocol() == frame->header.protocol) [[likely]] {
    cell->enqueue(frame);
    return;
  }
  if (frame->header.type == FrameType::kStopAfterQueued) {
    release(frame);  // whom it should stop is gone: done
    return;
  }
  drop(frame, cell == nullptr ? gone : DropReason::kWrongProtocol);
}

void Core::deliver_control(Frame* frame) {
  Cell* cell = nullptr;
  if (frame->has(frame_flag::kKeyed)) {
    if (frame->has(frame_flag::kTopic)) return topics.control(frame);
    cell = keyed.find(frame->key().type, {frame->key_text(), frame->key().key_bytes});
  } else {
    cell = cells.find(frame->header.slot, frame->header.incarnation);
  }
  if (cell != nullptr) {
    cell->control(frame);
    return;
  }
  const Address target{node_.number(), index(), frame->header.slot, frame->header.incarnation};
  if (frame->header.type == FrameType::kWatch) {
    const Address watcher = watcher_in(*frame);
    send_control(watcher.core, down_frame(*this, watcher, target, DownReason::kNoSuchActor));
  } else if (frame->header.type == FrameType::kAwaitEnd) {
    const AskPart ask = frame->ask();
    send_control(ask.core, end_answer(*this, ask, target, DownReason::kNoSuchActor));
  }
  release(frame);
}

void Core::deliver_answer(Frame* frame) {
  PendingAsk* ask = asks.take(frame->header.slot, frame->nonce());
  if (ask == nullptr) {
    ++ledger.late_answers;
    release(frame);
    return;
  }
  ask->resolve(frame);
}

void Core::send(std::uint16_t core, Frame* frame) {
  if (core == index()) {
    deliver(frame);
  } else {
    exchange.send(core, frame, transport::LaneClass::kUser);
  }
}

void Core::send_control(std::uint16_t core, Frame* frame) {
  if (core == index()) {
    deliver(frame);
  } else if (core < node_.cores()) [[likely]] {
    exchange.send(core, frame, transport::LaneClass::kControl);
  } else {
    release(frame);  // an address that is nobody's
  }
}

void Core::observe(const Frame& frame) {
  if (observer_ != nullptr) observer_->frame(index(), now(), frame);
}

void Core::drop_on_the_way(Frame* frame, DropReason reason, std::uint64_t detail,
                           unsigned target_core) {
  ++ledger.dropped[static_cast<std::size_t>(reason)];
  settle(frame, code_for(reason), detail);
  dead_letters.add(*frame, reason, target_core);
  tell_interceptor(reason, frame->header.protocol, frame->header.kind,
                   Address{node_.number(), static_cast<std::uint16_t>(target_core),
                           frame->header.slot, frame->header.incarnation});
  release(frame);
}

void Core::drop_unsent(DropReason reason, std::uint32_t protocol, std::uint16_t kind,
                       Address target) {
  ++ledger.dropped[static_cast<std::size_t>(reason)];
  dead_letters.add_unsent(reason, protocol, kind, target);
  tell_interceptor(reason, protocol, kind, target);
}

void Core::refuse(Frame* frame) {
  ++ledger.dropped[static_cast<std::size_t>(DropReason::kOutOfMemory)];
  settle(frame, Code::kOutOfMemory);
  // Its content is not kept: that is what there is no memory for.
  dead_letters.add_unsent(
      DropReason::kOutOfMemory, frame->header.protocol, frame->header.kind,
      Address{node_.number(), index(), frame->header.slot, frame->header.incarnation});
  tell_interceptor(DropReason::kOutOfMemory, frame->header.protocol, frame->header.kind,
                   Address{node_.number(), index(), frame->header.slot, frame->header.incarnation});
}

void Core::tell_interceptor(DropReason reason, std::uint32_t protocol, std::uint16_t kind,
                            Address target) {
  if (interceptor_ == nullptr) [[likely]]
    return;
  DeadLetter letter;
  letter.core = index();
  letter.at = now();
  letter.reason = reason;
  letter.protocol = protocol;
  letter.kind = kind;
  letter.target = target;
  interceptor_->dropped(*this, letter);
}

void Core::settle(Frame* frame, Code unanswered, std::uint64_t detail) {
  if (frame->header.type == FrameType::kAsk && !frame->has(frame_flag::kAnswered)) {
    answer_failure(frame->ask(), frame->header.protocol, frame->header.kind, unanswered, detail);
    frame->header.flags |= frame_flag::kAnswered;
  }
  if (frame->has(frame_flag::kHandles)) {
    const ActorType* type = ActorTypeRegistration::find(frame->header.protocol);
    if (type != nullptr && type->release_handles != nullptr) type->release_handles(*frame);
  }
}

void Core::answer_failure(const AskPart& ask, std::uint32_t protocol, std::uint16_t kind, Code code,
                          std::uint64_t detail) {
  Frame* answer = new_failure(*this, ask, protocol, kind, code, detail);
  send_control(ask.core, answer);
}

void Core::run_on(unsigned core, Runnable& work) {
  if (core == index()) {
    ready.push(work);
  } else {
    exchange.send_work(core, work);
  }
}

// ---- actors ----

Cell* Core::new_cell(const ActorType& type, Cell* parent, Guardian guardian) {
  if (cells.live() >= node_.options().actors_per_core_max) return nullptr;
  if (memory().tight() && !blocks.has_spare(sizeof(Cell), kSpareCells)) return nullptr;
  if (interceptor_ != nullptr && !interceptor_->spawning(*this, type, parent)) return nullptr;
  const Address address = cells.reserve(node_.number(), index());
  Cell* cell = ::new (blocks.allocate(sizeof(Cell))) Cell(*this, type, address, parent, guardian);
  cells.set(*cell);
  return cell;
}

DropReason Core::why_no_cell() const {
  return cells.live() >= node_.options().actors_per_core_max ? DropReason::kTooManyActors
                                                             : DropReason::kOutOfMemory;
}

void Core::note_not_spawned() {
  ++not_spawned_;
  const bool full = why_no_cell() == DropReason::kTooManyActors;
  // As drops are: visible, and never a flood.
  if (!full && (not_spawned_ & (not_spawned_ - 1)) != 0) return;
  log_warning(node_.log(),
              full ? "core %u has %u actors, the limit: one more was not spawned"
                   : "core %u is out of memory with %u actors: one more was not spawned (%llu)",
              index(), cells.live(), static_cast<unsigned long long>(not_spawned_));
}

void Core::discard_cell(Cell& cell) {
  cells.remove(cell.address().slot);
  cell.leave_parent();
  delete_cell(cell);
}

void Core::delete_cell(Cell& cell) {
  cell.~Cell();
  blocks.free(&cell, sizeof(Cell));
  if (stopping_ && cells.live() == 0 && all_ended_ != nullptr) {
    ready.push(*std::exchange(all_ended_, nullptr), Group::kSystem);
  }
}

void Core::escalate_to_guardian(const Cell& cell, const Failure& failure) {
  char name[kDescriptionBytesMax];
  cell.describe(name, sizeof name);
  if (node_.options().on_escalation == OnEscalation::kStopActor || stopping_) return;
  log_warning(node_.log(), "%s failed, and its supervision makes that the system's failure: %s",
              name, failure.what().c_str());
  if (on_guardian_failure_ != nullptr) ready.push(*std::exchange(on_guardian_failure_, nullptr));
}

void Core::stop_actors(Runnable& all_ended) {
  stopping_ = true;
  if (cells.live() == 0) {
    ready.push(all_ended, Group::kSystem);
    return;
  }
  all_ended_ = &all_ended;
  cells.for_each([](Cell& cell) { cell.request_stop(); });
}

std::optional<ActorReport> Core::report_actor(Address address) const {
  if (address.node != node_.number() || address.core != index()) return std::nullopt;
  const Cell* cell = cells.find(address.slot, address.incarnation);
  return cell == nullptr ? std::nullopt : std::optional<ActorReport>(cell->report());
}

std::vector<ActorReport> Core::report_actors(std::size_t limit) const {
  std::vector<ActorReport> reports;
  cells.for_each([&](const Cell& cell) {
    if (reports.size() < limit) reports.push_back(cell.report());
  });
  return reports;
}

}  // namespace troupe

#include "actor/core.h"

#include <new>
#include <string>

#include "actor/cell_inline.h"
#include "actor/control_frames.h"
#include "actor/interceptor.h"
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

}  // namespace

Core::Core(std::uint16_t index, io::Backend& backend, std::uint64_t seed, Node& node)
    : io::Reactor(index, backend, seed, reactor_options(node)),
      exchange(node.mesh(), *this, *this),
      asks(random),
      keyed(*this, random.next()),
      node_(node),
      observer_(node.options().observer),
      interceptor_(node.options().interceptor),
      inspected_(observer_ != nullptr || interceptor_ != nullptr),
      frame_bytes_max_(node.options().frame_bytes_max) {
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

void Core::drop(Frame* frame, DropReason reason) {
  note_drop(
      DeadLetter{now(), reason, frame->header.kind, frame->header.protocol,
                 Address{node_.number(), index(), frame->header.slot, frame->header.incarnation}});
  settle(frame, code_for(reason));
  release(frame);
}

void Core::drop_unsent(DropReason reason, std::uint32_t protocol, std::uint16_t kind,
                       Address target) {
  note_drop(DeadLetter{now(), reason, kind, protocol, target});
}

void Core::note_drop(const DeadLetter& letter) {
  if (dead_letters_.size() < kDeadLettersMax) {
    dead_letters_.push_back(letter);
  } else {
    dead_letters_[next_dead_letter_] = letter;
    next_dead_letter_ = (next_dead_letter_ + 1) % kDeadLettersMax;
  }
  const std::uint64_t count = ++ledger.dropped[static_cast<std::size_t>(letter.reason)];
  if (interceptor_ != nullptr) interceptor_->dropped(*this, letter);
  // Warn at the 1st, 2nd, 4th, 8th, …: visible, and never a flood.
  if ((count & (count - 1)) != 0) return;
  const ActorType* type = ActorTypeRegistration::find(letter.protocol);
  const char* kind = type != nullptr ? type->kind_name(letter.kind) : nullptr;
  log_warning(node_.log(), "core %u has dropped %llu messages: %s; the last was %s.%s to core %u",
              index(), static_cast<unsigned long long>(count), to_string(letter.reason),
              type != nullptr ? type->name : "unknown", kind != nullptr ? kind : "unknown",
              letter.target.core);
}

void Core::settle(Frame* frame, Code unanswered) {
  if (frame->header.type == FrameType::kAsk && !frame->has(frame_flag::kAnswered)) {
    answer_failure(frame->ask(), frame->header.protocol, frame->header.kind, unanswered);
    frame->header.flags |= frame_flag::kAnswered;
  }
  if (frame->has(frame_flag::kHandles)) {
    const ActorType* type = ActorTypeRegistration::find(frame->header.protocol);
    if (type != nullptr && type->release_handles != nullptr) type->release_handles(*frame);
  }
}

void Core::answer_failure(const AskPart& ask, std::uint32_t protocol, std::uint16_t kind,
                          Code code) {
  Frame* answer = new_failure(*this, ask, protocol, kind, code);
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
  if (interceptor_ != nullptr && !interceptor_->spawning(*this, type, parent)) return nullptr;
  const Address address = cells.reserve(node_.number(), index());
  Cell* cell = ::new (blocks.allocate(sizeof(Cell))) Cell(*this, type, address, parent, guardian);
  cells.set(*cell);
  return cell;
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

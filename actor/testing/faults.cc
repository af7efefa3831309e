#include "actor/testing/faults.h"

#include <cstring>
#include <new>
#include <utility>

#include "actor/interceptor.h"
#include "base/check.h"

namespace troupe::testing {

using protocols::Frame;
using protocols::FrameType;
namespace flag = protocols::frame_flag;

namespace {

bool is_message(FrameType type) { return type == FrameType::kTell || type == FrameType::kAsk; }
bool is_answer(FrameType type) {
  return type == FrameType::kReply || type == FrameType::kDenial || type == FrameType::kFailure;
}

Frame* copy_of(Core& core, const Frame& frame) {
  Frame* copy = core.new_frame_like(frame.header.type, frame.header.bytes);
  std::memcpy(static_cast<void*>(&copy->header), &frame.header, frame.header.bytes);
  copy->header.flags &= static_cast<std::uint8_t>(~flag::kHandedOver);
  return copy;
}

}  // namespace

// ---- Messages ----

Messages Messages::answers() const {
  TROUPE_CHECK(!address_ && !key_, "answers() goes with Messages::to<A>(), not with one actor");
  Messages messages(*this);
  messages.answers_ = true;
  return messages;
}

Messages Messages::nth(std::uint64_t n) const {
  Messages messages(*this);
  messages.first_ = messages.last_ = n;
  return messages;
}

Messages Messages::from(std::uint64_t n) const {
  Messages messages(*this);
  messages.first_ = n;
  return messages;
}

Messages Messages::one_in(unsigned n) const {
  TROUPE_CHECK(n > 0, "one_in(0) says nothing");
  Messages messages(*this);
  messages.one_in_ = n;
  return messages;
}

bool Messages::match(const Core& core, const Frame& frame) const {
  if (frame.header.protocol != protocol_) return false;
  if (answers_ ? !is_answer(frame.header.type) : !is_message(frame.header.type)) return false;
  if (kind_ && *kind_ != frame.header.kind) return false;
  const bool keyed = frame.has(flag::kKeyed);
  if (address_) {
    return !keyed && address_->core == core.index() && address_->slot == frame.header.slot &&
           address_->incarnation == frame.header.incarnation;
  }
  if (key_) return keyed && *key_ == std::string_view(frame.key_text(), frame.key().key_bytes);
  return true;
}

bool Messages::hit(Random& random) {
  ++seen_;
  return seen_ >= first_ && seen_ <= last_ && (one_in_ == 1 || random.one_in(one_in_));
}

// ---- Faults ----

/// Keeps one message. Lives until it is delivered or dropped.
class Faults::Delayed final : public io::Timer {
 public:
  Delayed(Faults& faults, Core& core, Frame* frame) : core(core), frame(frame), faults_(faults) {}
  ~Delayed() = default;

  void fire() override {
    Frame* const due = frame;
    Core& home = core;
    faults_.delayed_.remove_if([this](const auto& each) { return each.get() == this; });
    home.route(due);
  }

  Core& core;
  Frame* frame;

 private:
  Faults& faults_;
};

Faults::Faults(io::SimControl& control, std::uint64_t seed) : control_(control), random_(seed) {}

Faults::~Faults() = default;

void Faults::add(Action action, Messages messages, Duration by, std::string what) {
  rules_.push_back(Rule{action, std::move(messages), by, std::move(what)});
}

void Faults::clear() {
  rules_.clear();
  spawns_.clear();
}

Frame* Faults::apply(Core& core, Frame* frame) {
  for (Rule& rule : rules_) {
    if (!rule.messages.match(core, *frame) || !rule.messages.hit(random_)) continue;
    ++injected_;
    return inject(rule, core, frame);
  }
  return frame;
}

Frame* Faults::inject(const Rule& rule, Core& core, Frame* frame) {
  switch (rule.action) {
    case Action::kDrop:
      if (is_answer(frame->header.type)) {
        core.release(frame);
        return nullptr;
      }
      frame->header.flags |= flag::kAnswered;  // nobody tells the asker
      core.drop(frame, DropReason::kInjected);
      return nullptr;
    case Action::kDelay:
      delayed_.push_back(std::make_unique<Delayed>(*this, core, frame));
      core.timers().arm(*delayed_.back(), saturating_add(core.now(), rule.by));
      return nullptr;
    case Action::kDuplicate: {
      Frame* copy = copy_of(core, *frame);
      if (is_message(frame->header.type)) ++core.ledger.sent;
      core.route(copy);
      return frame;
    }
    case Action::kFail: {
      if (is_answer(frame->header.type)) return frame;
      Frame* failure = failure_frame(core, *frame, rule.what);
      // Taken by the one that fails.
      ++core.ledger.handled;
      core.settle(frame, Code::kNoReply);
      core.release(frame);
      return failure;
    }
  }
  return frame;
}

bool Faults::allow_spawn(const ActorType& type) {
  for (auto rule = spawns_.begin(); rule != spawns_.end(); ++rule) {
    if (rule->protocol != type.protocol() || --rule->nth != 0) continue;
    const bool throws = rule->throws;
    spawns_.erase(rule);
    ++injected_;
    if (throws) throw std::bad_alloc();
    return false;
  }
  return true;
}

void Faults::drop_delayed(Core& core) {
  for (const std::unique_ptr<Delayed>& each : delayed_) {
    if (&each->core != &core) continue;
    if (each->armed()) core.timers().cancel(*each);
    if (is_message(each->frame->header.type)) {
      core.drop(each->frame, DropReason::kSystemStopping);
    } else {
      core.release(each->frame);
    }
  }
  delayed_.remove_if([&](const auto& each) { return &each->core == &core; });
}

}  // namespace troupe::testing

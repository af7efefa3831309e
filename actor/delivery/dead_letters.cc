#include "actor/delivery/dead_letters.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "actor/cell_inline.h"
#include "actor/core.h"
#include "actor/target.h"
#include "base/log.h"

namespace troupe {

using protocols::Frame;
using protocols::FrameHeader;
using protocols::FrameType;
using protocols::Word;
namespace frame_flag = protocols::frame_flag;

// ---- one letter ----

const char* DeadLetter::type_name() const {
  const ActorType* type = ActorTypeRegistration::find(protocol);
  return type != nullptr ? type->name : "unknown";
}

const char* DeadLetter::kind_name() const {
  const ActorType* type = ActorTypeRegistration::find(protocol);
  const char* name = type != nullptr ? type->kind_name(kind) : nullptr;
  return name != nullptr ? name : "unknown";
}

std::string DeadLetter::text() const {
  std::string text = std::string(type_name()) + "." + kind_name() + " to ";
  if (key_type != 0) {
    text += "'" + key + "', core " + std::to_string(target.core);
  } else if (target.slot == Address::kNobody) {
    text += "core " + std::to_string(target.core);
  } else {
    text += "core " + std::to_string(target.core) + ", slot " + std::to_string(target.slot);
  }
  return text + ": " + to_string(reason);
}

Frame* DeadLetter::new_frame() const {
  Core& core = Core::current();
  const std::size_t parts = is_ask ? kAskPartWords : 0;
  const std::size_t size = sizeof(FrameHeader) + (parts + content.size()) * sizeof(Word);
  Frame* frame = core.new_frame_like(is_ask ? FrameType::kAsk : FrameType::kTell, size);
  frame->header = FrameHeader{};
  frame->header.bytes = static_cast<std::uint32_t>(size);
  frame->header.kind = kind;
  frame->header.type = is_ask ? FrameType::kAsk : FrameType::kTell;
  frame->header.flags = frame_flag::kNative;
  frame->header.part_words = static_cast<std::uint8_t>(parts);
  frame->header.protocol = protocol;
  frame->header.slot = Address::kNobody;
  if (is_ask) {
    frame->ask() = protocols::AskPart{};
    frame->header.flags |= frame_flag::kAnswered;
  }
  std::memcpy(frame->payload(), content.data(), content.size() * sizeof(Word));
  return frame;
}

// ---- keeping ----

DeadLetters::DeadLetters(Core& core, const DeadLetterOptions& options)
    : core_(core), options_(options) {}

DeadLetter& DeadLetters::enter(DropReason reason) {
  DeadLetter letter;
  if (letters_.size() >= options_.letters_max && !letters_.empty()) {
    forget_content(letters_.front());
    letter.content = std::move(letters_.front().content);  // for its capacity
    letters_.pop_front();
    if (emptied_ > 0) --emptied_;
    ++counters_.forgotten;
  }
  letter.number = ++counters_.letters;
  letter.core = core_.index();
  letter.at = core_.now();
  letter.reason = reason;
  letter.replays = replays_now_;
  return letters_.emplace_back(std::move(letter));
}

void DeadLetters::add(const Frame& frame, DropReason reason, unsigned target_core) {
  DeadLetter& letter = enter(reason);
  letter.is_ask = frame.header.type == FrameType::kAsk;
  letter.kind = frame.header.kind;
  letter.protocol = frame.header.protocol;
  letter.target = Address{core_.node().number(), static_cast<std::uint16_t>(target_core),
                          frame.header.slot, frame.header.incarnation};
  letter.bytes = frame.header.bytes;
  if (frame.has(frame_flag::kKeyed)) {
    letter.key_type = frame.key().type;
    letter.to_topic = frame.has(frame_flag::kTopic);
    letter.key.assign(frame.key_text(), frame.key().key_bytes);
    letter.target = Address{letter.target.node, letter.target.core, Address::kNobody, 0};
  }
  keep_content(letter, frame);
  finish();
}

void DeadLetters::add_unsent(DropReason reason, std::uint32_t protocol, std::uint16_t kind,
                             Address target) {
  DeadLetter& letter = enter(reason);
  letter.kind = kind;
  letter.protocol = protocol;
  letter.target = target;
  ++counters_.without_content;
  finish();
}

void DeadLetters::keep_content(DeadLetter& letter, const Frame& frame) {
  const std::size_t words = frame.payload_words();
  const std::size_t size = words * sizeof(Word);
  if (!options_.keep_content || size > options_.letter_bytes_max ||
      size > options_.content_bytes_max) {
    ++counters_.without_content;
    return;
  }
  letter.content.assign(frame.payload(), frame.payload() + words);
  letter.has_content = true;
  content_bytes_ += size;
  while (content_bytes_ > options_.content_bytes_max) {
    DeadLetter& oldest = letters_[emptied_++];
    if (!oldest.has_content) continue;
    forget_content(oldest);
    oldest.content = {};
    ++counters_.without_content;
  }
}

void DeadLetters::forget_content(DeadLetter& letter) {
  content_bytes_ -= letter.content.size() * sizeof(Word);
  letter.has_content = false;
  letter.content.clear();
}

void DeadLetters::finish() {
  const DeadLetter& letter = letters_.back();
  log(letter);
  // An event's own frame has no protocol; its drop is no further event.
  if (letter.protocol != 0 && core_.events.wanted(EventClass::kDropped)) {
    core_.events.publish(DroppedMessage{letter});
  }
  while (letters_.size() > options_.letters_max) {
    forget_content(letters_.front());
    letters_.pop_front();
    if (emptied_ > 0) --emptied_;
    ++counters_.forgotten;
  }
}

void DeadLetters::log(const DeadLetter& letter) {
  if (core_.stopping() && !options_.log_while_stopping) return;
  const Time now = core_.now();
  const bool in_full = counters_.log_lines < options_.log_first;
  if (!in_full && (options_.log_period == Duration::max() || now < log_again_at_)) {
    ++silent_;
    return;
  }
  ++counters_.log_lines;
  log_again_at_ = saturating_add(now, options_.log_period);
  std::string more;
  if (silent_ != 0) more = "; " + std::to_string(silent_) + " others since the last such line";
  silent_ = 0;
  log_warning(core_.node().log(), "core %u dropped a message, its %llu.: %s%s", core_.index(),
              static_cast<unsigned long long>(counters_.letters), letter.text().c_str(),
              more.c_str());
}

// ---- looking ----

bool DeadLetters::fits(const DeadLetter& letter, const DeadLetterFilter& filter, Time now) const {
  const Duration age = now - letter.at;
  return (!filter.reason || *filter.reason == letter.reason) &&
         (!filter.protocol || *filter.protocol == letter.protocol) &&
         (!filter.kind || *filter.kind == letter.kind) &&
         (!filter.target || *filter.target == letter.target) &&
         (!filter.key || (letter.key_type != 0 && *filter.key == letter.key)) &&
         age >= filter.older_than && age <= filter.younger_than &&
         (!filter.replayable || refusal(letter).ok());
}

std::vector<DeadLetter> DeadLetters::list(const DeadLetterFilter& filter) const {
  std::vector<DeadLetter> found;
  for (const DeadLetter& letter : letters_) {
    if (found.size() >= filter.limit) break;
    if (fits(letter, filter, core_.now())) found.push_back(letter);
  }
  return found;
}

std::size_t DeadLetters::discard(const DeadLetterFilter& filter) {
  std::size_t discarded = 0;
  const Time now = core_.now();
  std::erase_if(letters_, [&](DeadLetter& letter) {
    if (discarded >= filter.limit || !fits(letter, filter, now)) return false;
    forget_content(letter);
    ++discarded;
    return true;
  });
  emptied_ = 0;
  return discarded;
}

bool DeadLetters::discard(std::uint64_t number) {
  DeadLetter* const letter = find(number);
  if (letter == nullptr) return false;
  forget_content(*letter);
  letters_.erase(std::ranges::lower_bound(letters_, number, {}, &DeadLetter::number));
  emptied_ = 0;
  return true;
}

// ---- sending again ----

DeadLetter* DeadLetters::find(std::uint64_t number) {
  const auto found = std::ranges::lower_bound(letters_, number, {}, &DeadLetter::number);
  return found != letters_.end() && found->number == number ? &*found : nullptr;
}

Status DeadLetters::refusal(const DeadLetter& letter) const {
  if (letter.is_ask) {
    return Error(Code::kInvalidArgument, 0, "an ask, which was answered when it was dropped");
  }
  if (!letter.has_content) {
    return Error(Code::kInvalidArgument, 0, "the content of this dead letter was not kept");
  }
  if (letter.replays >= options_.replays_max) {
    return Error(Code::kOverloaded, options_.replays_max, "replays of one dead letter");
  }
  return ok();
}

template <class Target>
Status DeadLetters::send(DeadLetter& letter, const Target& target) {
  const unsigned to = core_of(core_, target);
  if (to >= core_.node().cores()) return Error(Code::kNoSuchActor);
  Frame* frame = new_frame_for(core_, target, MessageSpec{letter.protocol, letter.kind},
                               FrameType::kTell, letter.content.size());
  if (frame == nullptr) {
    return Error(why_no_frame(core_, target, FrameType::kTell, letter.content.size()));
  }
  std::memcpy(frame->payload(), letter.content.data(), letter.content.size() * sizeof(Word));
  if (to != core_.index() && !core_.exchange.has_room(to, frame->header.bytes)) {
    core_.release(frame);
    return Error(Code::kLaneFull);
  }
  const std::uint32_t before = std::exchange(replays_now_, ++letter.replays);
  ++counters_.replayed;
  ++core_.ledger.sent;
  core_.send(static_cast<std::uint16_t>(to), frame);  // it may come back as another letter
  replays_now_ = before;
  return ok();
}

Status DeadLetters::replay(std::uint64_t number) {
  DeadLetter* const letter = find(number);
  if (letter == nullptr) return Error(Code::kClosed, number, "this dead letter was forgotten");
  TROUPE_TRY(refusal(*letter));
  if (letter->to_topic) {
    return Error(Code::kInvalidArgument, 0, "a topic's message: say to whom it is to go");
  }
  if (letter->key_type != 0) return send(*letter, KeyedTarget(letter->key_type, letter->key));
  return send(*letter, letter->target);
}

template <class Target>
Status DeadLetters::replay_to(std::uint64_t number, std::uint32_t protocol, const Target& target) {
  DeadLetter* const letter = find(number);
  if (letter == nullptr) return Error(Code::kClosed, number, "this dead letter was forgotten");
  TROUPE_TRY(refusal(*letter));
  if (letter->protocol != protocol) {
    return Error(Code::kInvalidArgument, 0, "a dead letter of another protocol");
  }
  return send(*letter, target);
}
template Status DeadLetters::replay_to(std::uint64_t, std::uint32_t, const Address&);
template Status DeadLetters::replay_to(std::uint64_t, std::uint32_t, const KeyedTarget&);

Replays DeadLetters::replay(const DeadLetterFilter& filter) {
  // By number: what is sent may be dropped again, and push others out.
  std::vector<std::uint64_t> numbers;
  for (const DeadLetter& letter : letters_) {
    if (numbers.size() >= filter.limit) break;
    if (fits(letter, filter, core_.now())) numbers.push_back(letter.number);
  }
  Replays replays;
  for (const std::uint64_t number : numbers) {
    const Status sent = replay(number);
    ++(sent ? replays.sent : replays.refused);
  }
  return replays;
}

}  // namespace troupe

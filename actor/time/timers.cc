#include "actor/time/timers.h"

#include <cstring>
#include <new>
#include <utility>

#include "actor/cell_inline.h"
#include "actor/core.h"
#include "actor/relations.h"
#include "base/check.h"
#include "base/timer.h"

namespace troupe {

using protocols::Frame;
using protocols::FrameHeader;
using protocols::FrameType;
using protocols::Word;

std::uint64_t TimerKey::hash() const {
  // FNV-1a. Nobody outside chooses an actor's keys, and a chain has kTimersMax links at most.
  std::uint64_t hash = 0xcbf29ce484222325 ^ number_;
  for (const char character : text_) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
  }
  return hash;
}

TimerKey TimerKey::with_text(std::string_view text) const {
  TimerKey key = *this;
  key.text_ = text;
  return key;
}

// Lies in a block of the core, with the key's text behind it.
class Timers::Entry final : public Timer {
 public:
  Entry(Timers& owner, const TimerKey& key)
      : owner_(owner), key_(key.with_text({text(), key.text().size()})), hash_(key.hash()) {
    if (!key.text().empty()) std::memcpy(text(), key.text().data(), key.text().size());
  }

  bool is(const TimerKey& key, std::uint64_t hash) const { return hash_ == hash && key_ == key; }
  std::size_t block_bytes() const { return sizeof(Entry) + key_.text().size(); }
  Word tag() const { return static_cast<Word>(reinterpret_cast<std::uintptr_t>(this)); }
  static Entry& tagged(Word tag) {
    return *reinterpret_cast<Entry*>(static_cast<std::uintptr_t>(tag));
  }
  void fire() override { owner_.send(*this); }

  TimerPlan plan;
  Frame* frame = nullptr;      // what is to be sent; null once it was, of a timer that sends once
  std::size_t in_mailbox = 0;  // messages not yet received
  Entry* next = nullptr;

 private:
  char* text() { return reinterpret_cast<char*>(this + 1); }

  Timers& owner_;
  const TimerKey key_;
  const std::uint64_t hash_;
};

Timers::~Timers() { cancel_all(); }

Frame* Timers::new_frame(const MessageSpec& spec, std::size_t payload_words) {
  Core& core = cell_.core();
  constexpr std::uint8_t kTagWords = 1;
  const std::size_t bytes = sizeof(FrameHeader) + (kTagWords + payload_words) * sizeof(Word);
  if (bytes > core.frame_bytes_max()) return nullptr;
  Frame* frame = core.new_message(bytes);
  if (frame == nullptr) return nullptr;
  write_head(&frame->header, core, cell_.address(), spec, FrameType::kTell, bytes);
  frame->header.part_words = kTagWords;
  frame->words()[0] = 0;
  return frame;
}

Error Timers::why_no_frame(std::size_t payload_words) const {
  const std::size_t bytes = sizeof(FrameHeader) + (1 + payload_words) * sizeof(Word);
  const bool too_large = bytes > cell_.core().frame_bytes_max();
  return Error(too_large ? Code::kTooLarge : Code::kOutOfMemory, bytes);
}

Timers::Entry* Timers::find(const TimerKey& key) const {
  const std::uint64_t hash = key.hash();
  Entry* entry = first_;
  while (entry != nullptr && !entry->is(key, hash)) entry = entry->next;
  return entry;
}

Timers::Entry* Timers::new_entry(const TimerKey& key) {
  if (count_ == kTimersMax) return nullptr;
  void* block = cell_.core().blocks.allocate(sizeof(Entry) + key.text().size());
  auto* entry = ::new (block) Entry(*this, key);
  entry->next = first_;
  first_ = entry;
  ++count_;
  return entry;
}

Status Timers::start(const TimerKey& key, const TimerPlan& plan, Frame* frame) {
  const bool once = plan.kind == TimerPlan::Kind::kOnce;
  TROUPE_CHECK(key.text().size() <= kTimerKeyBytesMax,
               "a timer's key of %zu bytes exceeds the limit of %zu", key.text().size(),
               kTimerKeyBytesMax);
  TROUPE_CHECK(once || plan.period > Duration(0), "a timer needs a period above 0");
  TROUPE_CHECK(once || !frame->has(protocols::frame_flag::kHandles),
               "a message with reply-to handles is sent once: a right is not given away twice");
  Entry* entry = find(key);
  if (entry != nullptr) {
    stop(*entry);
  } else {
    entry = new_entry(key);
  }
  if (entry == nullptr) {
    discard(frame);
    return Error(Code::kOverloaded, kTimersMax, "timers of one actor");
  }
  entry->plan = plan;
  entry->frame = frame;
  Core& core = cell_.core();
  core.timers().arm(*entry, saturating_add(core.now(), plan.first));
  return ok();
}

void Timers::start_or_drop(const TimerKey& key, const TimerPlan& plan, Frame* frame,
                           const MessageSpec& spec, std::size_t payload_words) {
  Core& core = cell_.core();
  DropReason reason = DropReason::kTooManyTimers;
  if (frame == nullptr) {
    reason = why_no_frame(payload_words).is(Code::kTooLarge) ? DropReason::kTooLarge
                                                             : DropReason::kOutOfMemory;
  } else if (start(key, plan, frame)) {
    return;
  }
  ++core.ledger.sent;
  core.drop_unsent(reason, spec.protocol, spec.kind, cell_.address());
}

void Timers::send(Entry& entry) {
  Core& core = cell_.core();
  Frame* frame = entry.frame;
  if (entry.plan.kind == TimerPlan::Kind::kOnce) {
    entry.frame = nullptr;
  } else {
    frame = core.new_message(entry.frame->header.bytes);
    if (frame != nullptr) {
      std::memcpy(&frame->header, &entry.frame->header, entry.frame->header.bytes);
    }
    const Duration period = entry.plan.period;
    Time next = saturating_add(core.now(), period);
    if (entry.plan.kind == TimerPlan::Kind::kFixedRate) {
      const std::int64_t missed = (core.now() - entry.at()).count() / period.count();
      next = saturating_add(entry.at() + missed * period, period);
    }
    core.timers().arm(entry, next);
  }
  if (frame == nullptr) {
    const protocols::FrameHeader& header = entry.frame->header;
    ++core.ledger.sent;
    return core.drop_unsent(DropReason::kOutOfMemory, header.protocol, header.kind,
                            cell_.address());
  }
  core.observe(*frame);
  frame->words()[0] = entry.tag();
  frame->header.type = kTimerMessage;
  ++entry.in_mailbox;
  ++core.ledger.sent;
  cell_.enqueue(frame);  // a full mailbox drops it: the entry may be gone
}

void Timers::message_taken(Frame& frame) {
  Entry& entry = Entry::tagged(frame.words()[0]);
  frame.header.type = FrameType::kTell;
  --entry.in_mailbox;
  if (entry.frame == nullptr && entry.in_mailbox == 0) erase(entry);
}

/// Of a message that was never sent.
void Timers::discard(Frame* frame) {
  Core& core = cell_.core();
  core.settle(frame, Code::kCancelled);  // the handles inside
  core.release(frame);
}

/// Nothing more comes of what it was started for.
void Timers::stop(Entry& entry) {
  if (entry.armed()) cell_.core().timers().cancel(entry);
  if (entry.in_mailbox != 0) cell_.withdraw(entry.tag());
  entry.in_mailbox = 0;
  if (entry.frame != nullptr) discard(std::exchange(entry.frame, nullptr));
}

void Timers::erase(Entry& entry) {
  Entry** link = &first_;
  while (*link != &entry) link = &(*link)->next;
  *link = entry.next;
  --count_;
  const std::size_t bytes = entry.block_bytes();
  entry.~Entry();
  cell_.core().blocks.free(&entry, bytes);
}

bool Timers::cancel(const TimerKey& key) {
  Entry* entry = find(key);
  if (entry == nullptr) return false;
  stop(*entry);
  erase(*entry);
  return true;
}

void Timers::cancel_all() {
  while (first_ != nullptr) {
    stop(*first_);
    erase(*first_);
  }
}

// ---- the cell's part ----

Timers& Cell::timers() {
  std::unique_ptr<Timers>& own = relations().timers;
  if (own == nullptr) own = std::make_unique<Timers>(*this);
  return *own;
}

void Cell::cancel_timers() {
  if (relations_->timers != nullptr) relations_->timers->cancel_all();
}

void Cell::withdraw(Word tag) {
  withdraw_from(mailbox_, tag);
  if (reentry() != nullptr) {
    withdraw_from(reentry()->held(), tag);
    offer_held();
  }
  wake_room_waiters();
}

void Cell::withdraw_from(transport::FrameQueue& frames, Word tag) {
  transport::FrameQueue all;
  all.prepend(frames);
  while (!all.empty()) {
    Frame* frame = all.pop();
    if (frame->header.type != kTimerMessage || frame->words()[0] != tag) {
      frames.push(frame);
      continue;
    }
    if (&frames == &mailbox_ && reentry() != nullptr) reentry()->left_mailbox(*frame);
    --queued_;
    queued_bytes_ -= frame->header.bytes;
    // Wanted, and so no dead letter.
    ++core_.ledger.dropped[static_cast<std::size_t>(DropReason::kTimerCancelled)];
    core_.settle(frame, Code::kCancelled);
    frame->header.type = FrameType::kTell;  // which it lies in the pool of
    core_.release(frame);
  }
}

void Cell::drop(Frame* frame, DropReason reason, std::uint64_t detail) {
  if (frame->header.type == kTimerMessage) relations_->timers->message_taken(*frame);
  core_.drop(frame, reason, detail);
}

}  // namespace troupe

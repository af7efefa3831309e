#include "actor/delivery/event.h"

#include <utility>

#include "actor/core.h"
#include "actor/delivery/dead_letters.h"
#include "protocols/struct_reader.h"
#include "protocols/struct_writer.h"

namespace troupe {

using protocols::MessageWriter;
using protocols::StructReader;
using protocols::StructWriter;
using protocols::Word;

namespace {

// Where the fields of a record lie, in units of their type.
constexpr unsigned kDataWords = 5;
constexpr unsigned kPointers = 2;
constexpr unsigned kAtOffset = 0;
constexpr unsigned kNumberOffset = 1;
constexpr unsigned kNodeOffset = 8;
constexpr unsigned kCoreOffset = 9;
constexpr unsigned kSlotOffset = 5;
constexpr unsigned kIncarnationOffset = 6;
constexpr unsigned kProtocolOffset = 7;
constexpr unsigned kKindOffset = 16;
constexpr unsigned kReasonOffset = 17;
constexpr unsigned kClassOffset = 18;
constexpr unsigned kNamePointer = 0;
constexpr unsigned kWhatPointer = 1;

constexpr std::size_t kWhatBytesMax = 1024;

std::string name_of(const Cell& cell) {
  char name[kDescriptionBytesMax];
  cell.describe(name, sizeof name);
  return name;
}

/// What all events of actors have.
EventRecord record_of(EventClass event_class, Time at, Address actor, std::uint32_t protocol,
                      const std::string& name) {
  EventRecord record;
  record.event_class = event_class;
  record.at = at;
  record.actor = actor;
  record.protocol = protocol;
  record.name = name;
  return record;
}

}  // namespace

const char* to_string(EventClass event_class) {
  switch (event_class) {
    case EventClass::kDropped:
      return "dropped";
    case EventClass::kUnhandled:
      return "unhandled";
    case EventClass::kFailed:
      return "failed";
    case EventClass::kRestarted:
      return "restarted";
    case EventClass::kStopped:
      return "stopped";
  }
  return "unknown";
}

// ---- the record ----

std::size_t EventRecord::words() const {
  return 1 + kDataWords + kPointers + protocols::text_words(name.size()) +
         protocols::text_words(what.size());
}

void EventRecord::write(Word* words) const {
  MessageWriter message(words);
  StructWriter root = message.root(kDataWords, kPointers);
  root.set<std::int64_t>(kAtOffset, at.time_since_epoch().count());
  root.set<std::uint64_t>(kNumberOffset, number);
  root.set<std::uint16_t>(kNodeOffset, actor.node);
  root.set<std::uint16_t>(kCoreOffset, actor.core);
  root.set<std::uint32_t>(kSlotOffset, actor.slot);
  root.set<std::uint32_t>(kIncarnationOffset, actor.incarnation);
  root.set<std::uint32_t>(kProtocolOffset, protocol);
  root.set<std::uint16_t>(kKindOffset, kind);
  root.set<std::uint16_t>(kReasonOffset, reason);
  root.set<std::uint16_t>(kClassOffset, static_cast<std::uint16_t>(event_class));
  root.set_text(kNamePointer, name);
  root.set_text(kWhatPointer, what);
}

EventRecord EventRecord::read(const Word* words) {
  const StructReader root = StructReader::root(words);
  EventRecord record;
  record.at = Time(Duration(root.get<std::int64_t>(kAtOffset)));
  record.number = root.get<std::uint64_t>(kNumberOffset);
  record.actor =
      Address{root.get<std::uint16_t>(kNodeOffset), root.get<std::uint16_t>(kCoreOffset),
              root.get<std::uint32_t>(kSlotOffset), root.get<std::uint32_t>(kIncarnationOffset)};
  record.protocol = root.get<std::uint32_t>(kProtocolOffset);
  record.kind = root.get<std::uint16_t>(kKindOffset);
  record.reason = root.get<std::uint16_t>(kReasonOffset);
  record.event_class = static_cast<EventClass>(root.get<std::uint16_t>(kClassOffset));
  record.name = root.text(kNamePointer);
  record.what = root.text(kWhatPointer);
  return record;
}

// ---- dropped ----

namespace {
// In `reason`, beside it.
constexpr std::uint16_t kAskBit = 0x8000;
// `number` has the core that dropped it in its highest 16 bits.
constexpr unsigned kCoreShift = 48;
}  // namespace

DroppedMessage::DroppedMessage(const DeadLetter& letter)
    : at(letter.at),
      core(letter.core),
      number(letter.number),
      reason(letter.reason),
      is_ask(letter.is_ask),
      protocol(letter.protocol),
      kind(letter.kind),
      target(letter.target),
      key(letter.key) {}
DroppedMessage::DroppedMessage(const EventRecord& record)
    : at(record.at),
      core(static_cast<std::uint16_t>(record.number >> kCoreShift)),
      number(record.number & ((std::uint64_t{1} << kCoreShift) - 1)),
      reason(static_cast<DropReason>(record.reason & ~kAskBit)),
      is_ask((record.reason & kAskBit) != 0),
      protocol(record.protocol),
      kind(record.kind),
      target(record.actor),
      key(record.name) {}
EventRecord DroppedMessage::record() const {
  EventRecord record = record_of(kClass, at, target, protocol, key);
  record.kind = kind;
  record.reason =
      static_cast<std::uint16_t>(static_cast<std::uint16_t>(reason) | (is_ask ? kAskBit : 0));
  record.number = number | std::uint64_t{core} << kCoreShift;
  return record;
}

// ---- unhandled ----

UnhandledMessage::UnhandledMessage(const Cell& cell, std::uint16_t ordinal)
    : at(cell.core().now()),
      actor(cell.address()),
      protocol(cell.type().protocol()),
      kind(ordinal),
      name(name_of(cell)) {}
UnhandledMessage::UnhandledMessage(const EventRecord& record)
    : at(record.at),
      actor(record.actor),
      protocol(record.protocol),
      kind(record.kind),
      name(record.name) {}
EventRecord UnhandledMessage::record() const {
  EventRecord record = record_of(kClass, at, actor, protocol, name);
  record.kind = kind;
  return record;
}

// ---- failed ----

ActorFailed::ActorFailed(const Cell& cell, const Failure& failure, Directive decided)
    : at(cell.core().now()),
      actor(cell.address()),
      protocol(cell.type().protocol()),
      kind(failure.kind()),
      directive(decided),
      name(name_of(cell)),
      what(failure.what().substr(0, kWhatBytesMax)) {}
ActorFailed::ActorFailed(const EventRecord& record)
    : at(record.at),
      actor(record.actor),
      protocol(record.protocol),
      kind(static_cast<FailureKind>(record.kind)),
      directive(static_cast<Directive>(record.reason)),
      name(record.name),
      what(record.what) {}
EventRecord ActorFailed::record() const {
  EventRecord record = record_of(kClass, at, actor, protocol, name);
  record.kind = static_cast<std::uint16_t>(kind);
  record.reason = static_cast<std::uint16_t>(directive);
  record.what = what;
  return record;
}

// ---- restarted, stopped ----

ActorRestarted::ActorRestarted(const Cell& cell, std::uint64_t count)
    : at(cell.core().now()),
      actor(cell.address()),
      protocol(cell.type().protocol()),
      restarts(count),
      name(name_of(cell)) {}
ActorRestarted::ActorRestarted(const EventRecord& record)
    : at(record.at),
      actor(record.actor),
      protocol(record.protocol),
      restarts(record.number),
      name(record.name) {}
EventRecord ActorRestarted::record() const {
  EventRecord record = record_of(kClass, at, actor, protocol, name);
  record.number = restarts;
  return record;
}

ActorStopped::ActorStopped(const Cell& cell, DownReason why)
    : at(cell.core().now()),
      actor(cell.address()),
      protocol(cell.type().protocol()),
      reason(why),
      name(name_of(cell)) {}
ActorStopped::ActorStopped(const EventRecord& record)
    : at(record.at),
      actor(record.actor),
      protocol(record.protocol),
      reason(static_cast<DownReason>(record.reason)),
      name(record.name) {}
EventRecord ActorStopped::record() const {
  EventRecord record = record_of(kClass, at, actor, protocol, name);
  record.reason = static_cast<std::uint16_t>(reason);
  return record;
}

}  // namespace troupe

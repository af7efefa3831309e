// The events that the runtime publishes on the event stream of a system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "actor/address.h"
#include "actor/cell.h"
#include "actor/ledger.h"
#include "actor/supervision/supervision.h"
#include "base/time.h"
#include "protocols/frame.h"

namespace troupe {

class Core;
struct DeadLetter;

/// What one subscribes to: one for each of the types below.
enum class EventClass : std::uint8_t {
  kDropped,
  kUnhandled,
  kFailed,
  kRestarted,
  kStopped,
};
inline constexpr std::size_t kEventClasses = 5;
const char* to_string(EventClass event_class);

/// Any event, as it goes from core to core: what a field means depends on the class. For users
/// there are the types below.
struct EventRecord {
  EventClass event_class{};
  Time at;
  Address actor;
  std::uint32_t protocol = 0;
  std::uint16_t kind = 0;
  std::uint16_t reason = 0;
  std::uint64_t number = 0;
  std::string name;
  std::string what;

  /// Words of the payload, and the payload written: Cap'n Proto, one segment.
  std::size_t words() const;
  void write(protocols::Word* words) const;
  static EventRecord read(const protocols::Word* words);
};

// Each type: `kClass`, a constructor from a record, and record(). Values: valid anywhere. `at` is
// the clock of the core where it happened.

/// A message was dropped. The letter itself is with that core: dead_letters().
struct DroppedMessage {
  static constexpr EventClass kClass = EventClass::kDropped;
  explicit DroppedMessage(const DeadLetter& letter);
  explicit DroppedMessage(const EventRecord& record);
  EventRecord record() const;

  Time at;
  std::uint16_t core;    ///< That dropped it.
  std::uint64_t number;  ///< Of the letter there.
  DropReason reason;
  bool is_ask;
  std::uint32_t protocol;
  std::uint16_t kind;
  Address target;
  std::string key;  ///< Of a keyed actor, as it travels.
};

/// An actor got a message that it did not handle: of a newer contract, or by Self::unhandled().
struct UnhandledMessage {
  static constexpr EventClass kClass = EventClass::kUnhandled;
  UnhandledMessage(const Cell& cell, std::uint16_t kind);
  explicit UnhandledMessage(const EventRecord& record);
  EventRecord record() const;

  Time at;
  Address actor;
  std::uint32_t protocol;
  std::uint16_t kind;  ///< The message's ordinal in its contract.
  std::string name;    ///< The actor's type and key.
};

/// A behaviour failed, and what its supervisor decided.
struct ActorFailed {
  static constexpr EventClass kClass = EventClass::kFailed;
  ActorFailed(const Cell& cell, const Failure& failure, Directive directive);
  explicit ActorFailed(const EventRecord& record);
  EventRecord record() const;

  Time at;
  Address actor;
  std::uint32_t protocol;
  FailureKind kind;
  Directive directive;
  std::string name;
  std::string what;  ///< What it failed with, cut to 1 KiB.
};

/// An actor has started anew.
struct ActorRestarted {
  static constexpr EventClass kClass = EventClass::kRestarted;
  ActorRestarted(const Cell& cell, std::uint64_t restarts);
  explicit ActorRestarted(const EventRecord& record);
  EventRecord record() const;

  Time at;
  Address actor;
  std::uint32_t protocol;
  std::uint64_t restarts;  ///< Since its spawn.
  std::string name;
};

/// An actor has ended.
struct ActorStopped {
  static constexpr EventClass kClass = EventClass::kStopped;
  ActorStopped(const Cell& cell, DownReason reason);
  explicit ActorStopped(const EventRecord& record);
  EventRecord record() const;

  Time at;
  Address actor;
  std::uint32_t protocol;
  DownReason reason;
  std::string name;
};

}  // namespace troupe

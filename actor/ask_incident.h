// AskIncident: an ask that came to nothing, as its asker saw it: more than fits into an Error.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "actor/actor_type.h"
#include "base/error.h"
#include "base/random.h"
#include "base/strand.h"
#include "base/task.h"
#include "base/time.h"
#include "protocols/frame.h"

namespace troupe {

class Cell;
class Core;

/// Incidents that a core remembers; older ones are forgotten, and their errors say less.
inline constexpr std::size_t kIncidentsKept = 256;
/// Cores of a node that a number tells apart: no fewer than io::kCoresMax.
inline constexpr unsigned kIncidentCoresMax = 1024;
/// Of a key in an incident; longer ones are cut.
inline constexpr std::size_t kIncidentKeyBytes = 30;

/// Whom an ask was for, and when it was sent: kept by the ask itself, since its frame goes away.
class AskedActor {
 public:
  void note(const protocols::Frame& frame, unsigned core, Time now) {
    header_ = frame.header;
    core_ = static_cast<std::uint16_t>(core);
    asked_at_ = now;
    if (frame.has(protocols::frame_flag::kKeyed)) [[unlikely]]
      note_key(frame);
  }

  bool known() const { return header_.protocol != 0; }
  /// Null for a protocol that this program does not know.
  const ActorType* type() const { return ActorTypeRegistration::find(header_.protocol); }
  unsigned core() const { return core_; }
  Time asked_at() const { return asked_at_; }
  /// Its living cell. Null if it is gone, lives on another core, or has a key that was cut.
  const Cell* find(const Core& here) const;
  /// "bank.Account 'alice' on core 1".
  std::string actor() const;
  /// "deposit".
  std::string message() const;

 private:
  void note_key(const protocols::Frame& frame);

  protocols::FrameHeader header_{};
  std::uint16_t core_ = 0;
  std::uint16_t key_bytes_ = 0;
  char key_[kIncidentKeyBytes + 2];  // valid as far as key_bytes_ says
  Time asked_at_{};
};

struct AskIncident {
  std::uint32_t number = 0;
  AskedActor asked;
  Time failed_at;
  /// What the actor did then. Only of one on the asker's core, and only if a deadline passed.
  struct State {
    std::uint32_t queued = 0;
    const char* waits_for = nullptr;  ///< Null: its turn.
    std::source_location awaits = {};
  };
  std::optional<State> state;
  std::optional<TraceContext> trace;
  /// The actors that wait for each other, if they do.
  std::string circle;

  /// One line: whom, what, for how long, and what is known of the actor's state.
  std::string text() const;
};

/// What the asks of one core last came to nothing for. Thread: that core only.
class AskIncidents {
 public:
  /// `random`: where its numbers begin, so that those of several systems differ.
  explicit AskIncidents(Random& random) : random_(random) {}

  /// Returns its number: never 0, which is no incident's.
  std::uint32_t add(AskIncident incident, unsigned core);
  /// Null if it is forgotten, or another core's.
  const AskIncident* find(std::uint32_t number) const;

 private:
  Random& random_;
  std::vector<AskIncident> kept_;  // by number modulo kIncidentsKept; made with the first
  std::uint32_t added_ = 0;
};

/// What `error.describe()` says, and below it what the asked actor does now: a line for it, and its
/// chain of awaits. Goes to that actor's core and waits for its turn there. Call on the core where
/// the ask failed; soon: a core remembers its last kIncidentsKept incidents.
///
///     deadline_exceeded: bank.Account 'alice' on core 1, asked for deposit 200 ms before
///     now: bank.Account 'alice' (core 1, slot 7): 12 messages, 960 bytes queued
///       waits for sleep
///         at bank/account.cc:42 in Behavior account(bank::Account::Self)
Task<std::string> explain(Error error);

}  // namespace troupe

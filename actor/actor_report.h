// ActorReport: what one actor does or waits for, as a value that can be printed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actor/address.h"
#include "base/async_stack.h"
#include "base/time.h"

namespace troupe {

/// A copy, taken by the actor's core (Core::report_actor, actor_report); read anywhere.
struct ActorReport {
  std::string actor;  ///< Its type and key: "bank.Account 'alice'".
  Address address;
  std::uint32_t queued = 0;        ///< Messages in its mailbox.
  std::uint64_t queued_bytes = 0;  ///< Their bytes.
  bool stopping = false;           ///< It was asked to stop.
  /// Until when the asker of the message that it handles waits; none if it handles no ask.
  std::optional<Deadline> answer_by;
  Time taken_at;  ///< By the core's clock.
  AsyncStack stack;

  /// A line about the actor, then the lines of its stack, with a newline in between:
  ///
  ///     bank.Account 'alice' (core 1, slot 7): 3 messages, 144 bytes queued; answer due in 120 ms
  ///       waits for ask
  ///         at bank/account.cc:42 in Behavior account(bank::Account::Self)
  std::string text() const;
};

/// What the actor at `address` does or waits for; none if it is gone or lives on another core
/// (`co_await root.on_core(…)` goes there). Call on a core.
std::optional<ActorReport> actor_report(Address address);

/// The same of the living actors of the current core, at most `limit`.
std::vector<ActorReport> actor_reports(std::size_t limit);

}  // namespace troupe

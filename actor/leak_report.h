// What a core would leave behind if it ended now: actors, open asks, timers; for people.
#pragma once

#include <cstddef>
#include <string>

#include "actor/cell.h"

namespace troupe {

class Core;

/// One line, and below it a paragraph for each living actor and each open ask (who waits, and where
/// in the source), at most `limit` of either:
///
///     core 0: 1 actor, 1 open ask, 2 timers
///     /user/teller: shop.Till (core 0, slot 7): 0 messages, 0 bytes queued
///       waits for receive
///       …
///     an ask of /user/teller waits for its answer: deposit, of bank.Account 'alice' on core 0
///       …
///
/// Each open ask is a right to answer that somebody keeps: in a mailbox, in a message that is being
/// handled, in a reply-to handle. Whom it was for has it, or gave it away. Empty if there is
/// neither an actor nor an ask. With `counts`, of the actors those alone that it accepts. Call on
/// its core.
std::string leak_report(const Core& core, std::size_t limit, bool (*counts)(const Cell&) = nullptr);

}  // namespace troupe

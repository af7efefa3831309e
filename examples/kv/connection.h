// The behaviour of a connection: serves one client.
#pragma once

#include <chrono>

#include "actor/actor.h"
#include "examples/kv/kv.actor.h"
#include "examples/kv/server_core.h"
#include "io/net/stream.h"

namespace kv {

/// How long the reception may take to admit a client.
inline constexpr troupe::Duration kAdmissionPatience = std::chrono::seconds(5);
/// A client that sends nothing for so long keeps no buffers.
inline constexpr troupe::Duration kQuietAfter = std::chrono::seconds(2);
/// How long a client may take to close after the server has told it why it closes.
inline constexpr troupe::Duration kFarewellPatience = std::chrono::seconds(1);

/// Serves the client of `stream` until it leaves, breaks a rule or is idle, or the server ends.
/// `core` is this core's.
troupe::Behavior connection(Connection::Self self, troupe::io::Stream stream, ServerCore* core);

}  // namespace kv

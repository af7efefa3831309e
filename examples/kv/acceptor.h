// The behaviour of an acceptor: a connection for each client that comes to its core.
#pragma once

#include "actor/actor.h"
#include "examples/kv/kv.actor.h"
#include "examples/kv/server_core.h"
#include "io/net/stream.h"

namespace kv {

/// After a client could not be accepted, for want of descriptors or memory, so long until the next
/// try; and a warning at most so often.
inline constexpr troupe::Duration kAcceptPause = std::chrono::milliseconds(100);
inline constexpr troupe::Duration kAcceptWarningPause = std::chrono::seconds(10);

/// `core` is this core's. Keeps its count of clients. The listener closes with the actor; its
/// connections go on.
troupe::Behavior acceptor(Acceptor::Self self, troupe::io::Listener listener, ServerCore* core);

}  // namespace kv

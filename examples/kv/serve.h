// serve_round: has the shards serve what a session read.
#pragma once

#include <string>
#include <vector>

#include "actor/actor.h"
#include "examples/kv/kv.actor.h"
#include "examples/kv/session.h"

namespace kv {

/// How long a shard may take for a slice of a batch.
inline constexpr troupe::Duration kShardPatience = std::chrono::seconds(5);

/// One round of the session's pipeline: asks every shard that has something to do, all at once, and
/// appends to `replies` what may be sent. True when the pipeline is done; otherwise the caller
/// sends `replies`, so that they do not pile up, and calls again. `who` is the connection, for
/// those who subscribe. Call on the connection's core; what the pointers lead to outlives the task.
troupe::Task<bool> serve_round(Session* session, const std::vector<troupe::Ref<Shard>>* shards,
                               troupe::Ref<Connection> who, std::string* replies);

}  // namespace kv

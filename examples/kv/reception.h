// The behaviour of the reception, which counts the clients of all cores.
#pragma once

#include <cstdint>

#include "actor/actor.h"
#include "examples/kv/kv.actor.h"

namespace kv {

/// The most that --max-clients can be: the reception watches each of them.
inline constexpr std::uint32_t kClientsMax = troupe::kWatchesMax;

troupe::Behavior reception(Reception::Self self, std::uint32_t clients_max);

}  // namespace kv

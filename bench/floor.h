// The floor: what the design costs at least, without any of the framework. Figures to compare with,
// in the same run. Each function returns nanoseconds per operation.
#pragma once

#include <cstdint>

namespace bench {

/// Windowed tells on one core: words written into 64-byte blocks of a free list, an intrusive
/// mailbox, a coroutine resumed once per 64.
double floor_tell_same_core(std::uint64_t messages);
/// One message back and forth between two such coroutines: per round trip.
double floor_ping_pong_same_core(std::uint64_t round_trips);
/// Tells across cores: 40-byte frames in a ring, published every 64, copied into blocks, dispatched
/// to a coroutine. Uses two threads, on the first two CPUs of the process.
double floor_tell_cross_core(std::uint64_t messages);
/// One cache line there and back between two cores.
double cache_line_round_trip(std::uint64_t round_trips);
/// A coroutine made, awaited and destroyed.
double coroutine_create_await_destroy(std::uint64_t times);

}  // namespace bench

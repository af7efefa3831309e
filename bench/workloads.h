// What the benchmarks run: main tasks of a system. Each does so many operations and says how long
// they took, in nanoseconds, without start and end.
#pragma once

#include <cstdint>

#include "actor/actor.h"

namespace bench {

using Workload = troupe::Task<troupe::Status> (*)(troupe::Root root, std::uint64_t operations,
                                                  double* nanoseconds);

/// The floor's workload: 4000 ahead, 1000 more at each acknowledgement.
troupe::Task<troupe::Status> tell_same(troupe::Root root, std::uint64_t messages, double* ns);
troupe::Task<troupe::Status> tell_cross(troupe::Root root, std::uint64_t messages, double* ns);
/// One after the other, each with a deadline.
troupe::Task<troupe::Status> ask_same(troupe::Root root, std::uint64_t times, double* ns);
troupe::Task<troupe::Status> ask_cross(troupe::Root root, std::uint64_t times, double* ns);
/// A number around a ring of 100 actors, and of two.
troupe::Task<troupe::Status> ring_of_100(troupe::Root root, std::uint64_t hops, double* ns);
troupe::Task<troupe::Status> ping_pong(troupe::Root root, std::uint64_t round_trips, double* ns);
/// Spawned, told once, ended; in batches of 1000.
troupe::Task<troupe::Status> lives(troupe::Root root, std::uint64_t actors, double* ns);
/// From one to 100 subscribers.
troupe::Task<troupe::Status> fan_out(troupe::Root root, std::uint64_t deliveries, double* ns);
/// The same, published to a topic that they have subscribed to.
troupe::Task<troupe::Status> topic_publish(troupe::Root root, std::uint64_t deliveries, double* ns);
/// From a name of 16 bytes to the living actor, in random order among 100,000 of them. On one core
/// that serves Counter.
troupe::Task<troupe::Status> lookups(troupe::Root root, std::uint64_t times, double* ns);
/// From a registered name of 16 bytes to a typed reference, in random order among 1,000 names, and
/// among 50,000.
troupe::Task<troupe::Status> registry_lookups(troupe::Root root, std::uint64_t times, double* ns);
troupe::Task<troupe::Status> registry_lookups_50k(troupe::Root root, std::uint64_t times,
                                                  double* ns);
/// A name is added and removed again, and all cores know both times.
troupe::Task<troupe::Status> registry_changes(troupe::Root root, std::uint64_t times, double* ns);

}  // namespace bench

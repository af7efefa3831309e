// Behaviours of the benchmarks.
#pragma once

#include <cstdint>
#include <vector>

#include "actor/actor.h"
#include "bench/bench.actor.h"

namespace bench {

troupe::Behavior sink(Sink::Self self, std::uint64_t window);
troupe::Behavior source(Source::Self self);
troupe::Behavior node(Node::Self self);
troupe::Behavior counter(Counter::Self self);
/// Takes one message and ends.
troupe::Behavior one_message(Sink::Self self);

}  // namespace bench

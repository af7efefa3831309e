// The same computation as a task and as an actor.
#pragma once

#include <string>

#include "actor/actor.h"
#include "examples/counter_example/counter_example.actor.h"

namespace counter_example {

/// What a coroutine would do with it. Allocates its frame from the core's pool.
troupe::Task<bool> check(std::string digits);

/// The behaviour of Checker.
troupe::Behavior checker(Checker::Self self);

}  // namespace counter_example

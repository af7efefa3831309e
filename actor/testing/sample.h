// Behaviours of sample.actor, for the tests of the runtime.
#pragma once

#include <cstdint>

#include "actor/actor.h"
#include "actor/testing/sample.actor.h"

namespace sample {

troupe::Behavior counter(Counter::Self self, std::uint64_t first);
troupe::Behavior watcher(Watcher::Self self);
troupe::Behavior vault(Vault::Self self, std::int64_t opening);
troupe::Behavior numbered(Numbered::Self self);

}  // namespace sample

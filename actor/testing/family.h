// Behaviours of family.actor, for the tests of supervision.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actor/actor.h"
#include "actor/testing/family.actor.h"

namespace family {

/// What happened, in order, as the behaviours of one test see it. Of one core.
using Journal = std::vector<std::string>;

/// How a worker lives: its name in the journal, and what its own children are spawned with.
struct Upbringing {
  std::string name;
  std::shared_ptr<Journal> journal;  // may be null
  std::optional<troupe::Supervision> children = {};
  /// Its first so many behaviours fail before they receive anything.
  std::uint32_t failing_starts = 0;
};

troupe::Behavior worker(Worker::Self self, Upbringing upbringing);

/// One child of a boss.
struct Post {
  Upbringing upbringing;
  std::optional<troupe::Supervision> supervision = {};
};

troupe::Behavior boss(Boss::Self self, std::vector<Post> posts);

}  // namespace family

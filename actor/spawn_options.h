// SpawnOptions: how an actor is started, beside its behaviour and arguments.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "actor/supervision/supervision.h"
#include "base/run_queue.h"

namespace troupe {

/// Bytes of an actor's name, at most.
inline constexpr std::size_t kNameBytesMax = 255;

/// `self.spawn<Worker>({.name = "worker-1", .supervision = Supervision{}}, worker, arguments…)`.
struct SpawnOptions {
  /// Among the living children of one parent a name is given once. Empty: none, and its path shows
  /// its slot. Letters, digits and -_.*$+:@&=,!~'; not starting with $. Read during the call alone.
  std::string_view name = {};
  /// None: a failure stops the actor, and nothing is kept of its arguments.
  std::optional<Supervision> supervision = {};
  /// The scheduling group, inherited by its children; none: the parent's, or Group::kUser.
  std::optional<Group> group = {};
};

}  // namespace troupe

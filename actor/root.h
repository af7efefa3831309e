// Root: what a system's main task starts from: it spawns the first actors and uses all cores.
#pragma once

#include <utility>

#include "actor/core.h"
#include "actor/on_core.h"
#include "actor/self.h"
#include "base/time.h"

namespace troupe {

/// Passed by value to the main task. Valid on every core while the system runs.
class Root {
 public:
  /// Starts an actor without a parent on the current core.
  template <class A, class F, class... Args>
  Ref<A> spawn(F&& behavior, Args&&... args) const {
    return spawn_on_this_core<A>(nullptr, std::forward<F>(behavior), std::forward<Args>(args)...);
  }

  /// `co_await root.on_core(1, function, args…)`: calls the Task-returning function on that core
  /// with the arguments moved there, and awaits its result. Cores count from 0.
  template <class F, class... Args>
  auto on_core(unsigned core, F function, Args... args) const {
    return troupe::on_core(core, std::move(function), std::move(args)...);
  }

  unsigned cores() const { return Core::current().node().cores(); }
  /// The core this runs on.
  unsigned core() const { return Core::current().index(); }
  Time now() const { return Core::current().now(); }
};

}  // namespace troupe

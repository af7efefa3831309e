// Root: what a system's main task starts from: it spawns the first actors and uses all cores.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "actor/core.h"
#include "actor/names/select.h"
#include "actor/on_core.h"
#include "actor/self.h"
#include "actor/stop_request.h"
#include "base/time.h"

namespace troupe {

/// Passed by value to the main task. Valid on every core while the system runs.
class Root {
 public:
  /// Starts an actor on the current core, as a child of the guardian /user: it lives until it ends
  /// or the system does. A failure stops it.
  template <class A, NoSpawnOptions F, class... Args>
  Ref<A> spawn(F&& behavior, Args&&... args) const {
    return spawn_on_this_core<A>(nullptr, std::forward<F>(behavior), std::forward<Args>(args)...);
  }
  /// The same with a name, a supervision or a scheduling group; see Self::spawn().
  template <class A, class F, class... Args>
  Ref<A> spawn(const SpawnOptions& options, F&& behavior, Args&&... args) const {
    return spawn_or_warn<A>(nullptr, options, std::forward<F>(behavior),
                            std::forward<Args>(args)...);
  }
  template <class A, class F, class... Args>
  Result<Ref<A>> try_spawn(const SpawnOptions& options, F&& behavior, Args&&... args) const {
    return spawn_with_options<A>(nullptr, Guardian::kUser, options, std::forward<F>(behavior),
                                 std::forward<Args>(args)...);
  }
  /// In a scheduling group of its own, which its children inherit.
  template <class A, class F, class... Args>
  Ref<A> spawn_in(Group group, F&& behavior, Args&&... args) const {
    return spawn<A>(SpawnOptions{.group = group}, std::forward<F>(behavior),
                    std::forward<Args>(args)...);
  }

  /// `co_await root.on_core(1, function, args…)`: calls the Task-returning function on that core
  /// with the arguments moved there, and awaits its result. Cores count from 0.
  template <class F, class... Args>
  auto on_core(unsigned core, F function, Args... args) const {
    return troupe::on_core(core, std::move(function), std::move(args)...);
  }
  /// `co_await root.on_all_cores(function, args…)`: the same on every core at once, each with its
  /// own copy of the arguments; gives the results by core. As all_of: the first error cancels the
  /// others, and an exception comes out when all have ended.
  template <class F, class... Args>
  auto on_all_cores(F function, Args... args) const {
    return troupe::on_all_cores(std::move(function), std::move(args)...);
  }

  /// The actor of that name below /user on the current core, "pool" or "pool/worker-1". Nobody's if
  /// there is none, or one of another protocol.
  template <class A>
  Ref<A> child(std::string_view name) const {
    return names::ref_below<A>(names::TreeNode(names::TreeNode::Kind::kUser), name);
  }
  /// As Self::select(); what is relative is so to /user on the current core.
  Task<Result<Selected>> select(std::string pattern, Deadline deadline = kNoDeadline) const {
    return names::select_from(names::root_path(Core::current()).child("user"), std::move(pattern),
                              deadline);
  }

  /// Whether a signal asked the program to end (SystemOptions::signals), as this core knows it:
  /// the others learn of it a little later than core 0.
  bool stop_requested() const { return Core::current().stop_request.look(); }
  /// `co_await root.until_stopped(within(1s))`: ok once a signal asks the program to end. The
  /// request is taken with that: main may await again, to say goodbye. Errors: kDeadlineExceeded,
  /// no signal came in time; kCancelled, as with every await. Any core.
  UntilStopped until_stopped(Deadline deadline = Deadline(Time::max())) const {
    return UntilStopped(deadline);
  }

  unsigned cores() const { return Core::current().node().cores(); }
  /// The core this runs on.
  unsigned core() const { return Core::current().index(); }
  Time now() const { return Core::current().now(); }
};

}  // namespace troupe

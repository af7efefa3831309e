// Runs one coroutine on one core, or one on each of several, simulated or real: for tests of what
// needs a reactor but no actors.
#pragma once

#include <type_traits>
#include <utility>

#include "base/result.h"
#include "base/strand.h"
#include "base/task.h"
#include "io/sim/sim_engine.h"
#include "io/threaded_engine.h"

namespace troupe::io {

namespace detail {

/// What run_simulated runs.
class RootBody {
 public:
  virtual Task<void> make(unsigned core, Strand& strand) = 0;

 protected:
  ~RootBody() = default;
};

Status run_roots(RootBody& body, Engine& engine);

/// Keeps the callable that makes the task until that has ended.
template <class Body>
class HeldBody final : public RootBody {
 public:
  explicit HeldBody(Body body) : body_(std::move(body)) {}
  [[clang::coro_wrapper]] Task<void> make(unsigned core, Strand& strand) override {
    if constexpr (std::is_invocable_v<Body&, unsigned, Strand&>) {
      return body_(core, strand);
    } else {
      return body_(strand);
    }
  }

 private:
  Body body_;
};

}  // namespace detail

/// Calls `body`, which gives a Task<void>, on the core with the strand it runs in, and runs the
/// task until it ends. `body` itself lives until then, so a capturing lambda may be the coroutine.
/// An exception of the task comes out of here. Errors: those of SimEngine::run, a deadlock above
/// all; the task is then destroyed as it stands. `options.cores` is taken as 1.
template <class Body>
  requires std::is_invocable_r_v<Task<void>, Body&, Strand&>
Status run_simulated(Body body, SimOptions options = {}) {
  options.cores = 1;
  SimEngine engine(options);
  detail::HeldBody<Body> root(std::move(body));
  return detail::run_roots(root, engine);
}

/// The same on a thread of its own, which asks the kernel. A stop that the task requests itself
/// while it waits destroys it as it stands.
template <class Body>
  requires std::is_invocable_r_v<Task<void>, Body&, Strand&>
Status run_threaded(Body body, ThreadedOptions options = {}) {
  options.cores = 1;
  options.pin = false;
  ThreadedEngine engine(options);
  detail::HeldBody<Body> root(std::move(body));
  return detail::run_roots(root, engine);
}

/// Calls `body`, which gives a Task<void>, on each core of `engine` with the core's index and a
/// strand. The cores stop when all tasks have ended; what the tasks share they must guard if the
/// cores are threads. Otherwise as run_simulated.
template <class Body>
  requires std::is_invocable_r_v<Task<void>, Body&, unsigned, Strand&>
Status run_on_cores(Engine& engine, Body body) {
  detail::HeldBody<Body> root(std::move(body));
  return detail::run_roots(root, engine);
}

}  // namespace troupe::io

// Runs one coroutine on one simulated core: for tests of what needs a reactor but no actors.
#pragma once

#include <type_traits>
#include <utility>

#include "base/result.h"
#include "base/strand.h"
#include "base/task.h"
#include "io/sim_engine.h"

namespace troupe::io {

namespace detail {

/// What run_simulated runs.
class RootBody {
 public:
  virtual Task<void> make(Strand& strand) = 0;

 protected:
  ~RootBody() = default;
};

Status run_root(RootBody& body, SimOptions options);

}  // namespace detail

/// Calls `body`, which gives a Task<void>, on the core with the strand it runs in, and runs the
/// task until it ends. `body` itself lives until then, so a capturing lambda may be the coroutine.
/// An exception of the task comes out of here. Errors: those of SimEngine::run, a deadlock above
/// all; the task is then destroyed as it stands. `options.cores` is taken as 1.
template <class Body>
  requires std::is_invocable_r_v<Task<void>, Body&, Strand&>
Status run_simulated(Body body, SimOptions options = {}) {
  class Root final : public detail::RootBody {
   public:
    explicit Root(Body body) : body_(std::move(body)) {}
    [[clang::coro_wrapper]] Task<void> make(Strand& strand) override { return body_(strand); }

   private:
    Body body_;
  };
  Root root(std::move(body));
  return detail::run_root(root, options);
}

}  // namespace troupe::io

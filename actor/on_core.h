// on_core, on_all_cores: run a task on another core, or on each, and await what it gives.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor/core.h"
#include "actor/node.h"
#include "actor/reply.h"
#include "base/combine.h"
#include "base/strand.h"
#include "base/task.h"

namespace troupe {

/// The part of an OnCore that does not depend on its types: travels to the core and back. It lives
/// in the awaiting frame; between go and back only the other core touches what belongs to the task.
class CoreVisit : public Operation {
 public:
  void cancel(Code reason) final;
  const char* name() const final { return "on_core"; }
  void show_branches(AsyncStack& stack) const final;

 protected:
  explicit CoreVisit(unsigned core) : core_(core), go_(*this), back_(*this), cancel_(*this) {}

  void depart(std::coroutine_handle<> handle, const CallContext& context);
  /// Called on the other core when the task has ended.
  void depart_home();
  /// Called on the other core: starts the task in `strand_`.
  virtual void start_task(const CallContext& context) = 0;

 private:
  struct Go final : Runnable {
    explicit Go(CoreVisit& visit) : visit(visit) {}
    void run() override;
    CoreVisit& visit;
  };
  struct Back final : Runnable {
    explicit Back(CoreVisit& visit) : visit(visit) {}
    void run() override;
    CoreVisit& visit;
  };
  // To the other core, and back: the visit ends only when this is home again too.
  struct Cancel final : Runnable {
    explicit Cancel(CoreVisit& visit) : visit(visit) {}
    void run() override;
    CoreVisit& visit;
    Code reason = Code::kCancelled;
    bool outbound = true;
  };
  void came_home();

  unsigned core_;
  unsigned home_ = 0;
  unsigned under_way_ = 0;  // of back and cancel; home core only
  CallContext context_;
  Strand strand_;            // of the task; the other core's while it is there
  bool task_ended_ = false;  // the same
  Go go_;
  Back back_;
  Cancel cancel_;
};

/// Awaits `Task<T> behavior(args…)`, called on another core with args moved there.
template <class T, class F, class... Args>
class OnCore final : public CoreVisit {
  static_assert(!std::is_base_of_v<Reply, T>,
                "a reply lives on its core; return what you read from it");

 public:
  OnCore(unsigned core, F function, std::tuple<Args...> args)
      : CoreVisit(core), function_(std::move(function)), args_(std::move(args)) {}

  bool await_ready() const { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    depart(handle, handle.promise().context());
  }
  T await_resume() {
    if (failure_) std::rethrow_exception(failure_);
    if constexpr (!std::is_void_v<T>) return std::move(*result_);
  }

 private:
  // The first coroutine of the strand on the other core. Destroys itself.
  static detail::Branch run(OnCore* visit) {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::apply(visit->function_, std::move(visit->args_));
      } else {
        visit->result_.emplace(co_await std::apply(visit->function_, std::move(visit->args_)));
      }
    } catch (...) {
      visit->failure_ = std::current_exception();
    }
    visit->depart_home();
  }
  void start_task(const CallContext& context) override { run(this).start(context); }

  F function_;
  std::tuple<Args...> args_;
  std::optional<detail::Storable<T>> result_;
  std::exception_ptr failure_;
};

/// A visit not yet begun: movable, so that all_of, first_of and Scope::start() can take it.
template <class T, class F, class... Args>
class [[nodiscard("the function is called when this is awaited")]] OnCoreRequest {
 public:
  OnCoreRequest(unsigned core, F function, Args... args)
      : core_(core), function_(std::move(function)), args_(std::move(args)...) {}
  OnCore<T, F, Args...> operator co_await() && {
    return OnCore<T, F, Args...>(core_, std::move(function_), std::move(args_));
  }

 private:
  unsigned core_;
  F function_;
  std::tuple<Args...> args_;
};

/// As Root::on_core, from anywhere on a core.
template <class F, class... Args>
auto on_core(unsigned core, F function, Args... args) {
  using Called = std::invoke_result_t<F, Args...>;
  return OnCoreRequest<typename Called::Value, F, Args...>(core, std::move(function),
                                                           std::move(args)...);
}

/// As Root::on_all_cores, from anywhere on a core.
template <class F, class... Args>
auto on_all_cores(F function, Args... args) {
  using Visit = decltype(troupe::on_core(0, function, args...));
  std::vector<Visit> visits;
  const unsigned cores = Core::current().node().cores();
  visits.reserve(cores);
  for (unsigned core = 0; core < cores; ++core) {
    visits.push_back(troupe::on_core(core, function, args...));
  }
  return troupe::all_of(std::move(visits));
}

}  // namespace troupe

// with_group: runs a task in the share of another scheduling group.
#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include "base/combine.h"
#include "base/core_context.h"
#include "base/promise.h"
#include "base/run_queue.h"
#include "base/strand.h"

namespace troupe {

namespace detail {

/// The wait for something that runs in a strand of another group. Lives in the awaiting frame.
template <class Awaitable>
class GroupAwaiter final : public Combination {
 public:
  GroupAwaiter(Group group, Awaitable awaitable)
      : Combination(1), awaitable_(std::move(awaitable)), begin_(*this, group) {}

  const char* name() const override { return "with_group"; }
  bool await_ready() const { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    begin_.parent = &handle.promise();
    // In the group's queue from the first step on.
    CoreContext::current().ready.push(begin_, begin_.group);
    wait(handle, handle.promise().context());
  }
  AwaitResult<Awaitable> await_resume() {
    rethrow_failure();
    if constexpr (!std::is_void_v<AwaitResult<Awaitable>>) return std::move(*slot_);
  }

 private:
  struct Begin final : Runnable {
    Begin(GroupAwaiter& awaiter, Group group) : awaiter(awaiter), group(group) {}
    void run() override {
      run_branch(std::move(awaiter.awaitable_), &awaiter.slot_, &awaiter, 0, false)
          .start(*parent, awaiter.strand(0), group);
    }
    GroupAwaiter& awaiter;
    const Group group;
    PromiseBase* parent = nullptr;
  };

  Awaitable awaitable_;
  std::optional<Storable<AwaitResult<Awaitable>>> slot_;
  Begin begin_;
};

/// Not yet begun: movable, so that all_of, first_of and Scope::start can take it.
template <class Awaitable>
class [[nodiscard("it begins when it is awaited")]] GroupRequest {
 public:
  GroupRequest(Group group, Awaitable awaitable)
      : group_(group), awaitable_(std::move(awaitable)) {}
  GroupAwaiter<Awaitable> operator co_await() && {
    return GroupAwaiter<Awaitable>(group_, std::move(awaitable_));
  }

 private:
  Group group_;
  Awaitable awaitable_;
};

}  // namespace detail

/// `auto report = co_await with_group(Group::kBackground, compact(segment));` runs the task, and
/// all that it awaits or starts, in that group's share of the core; gives what the task gives. Who
/// awaits goes on in its own group. A cancellation of the awaiting strand reaches the task.
///
///     co_await scope.start(with_group(Group::kBackground, compact(segment)));
///
/// Thread: one core only.
template <class Awaitable>
auto with_group(Group group, Awaitable awaitable) {
  return detail::GroupRequest<Awaitable>(group, std::move(awaitable));
}

}  // namespace troupe

// all_of and first_of: await several things at once. Losers are cancelled and awaited.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/promise.h"
#include "base/result.h"
#include "base/strand.h"

namespace troupe {

namespace detail {

template <class Awaitable>
decltype(auto) get_awaiter(Awaitable&& awaitable) {
  if constexpr (requires { std::forward<Awaitable>(awaitable).operator co_await(); }) {
    return std::forward<Awaitable>(awaitable).operator co_await();
  } else {
    return std::forward<Awaitable>(awaitable);
  }
}

template <class Awaitable>
using AwaitResult =
    std::remove_cvref_t<decltype(get_awaiter(std::declval<Awaitable>()).await_resume())>;

/// Stands in for the result of an await of void, so that tuples and variants can hold it.
template <class T>
using Storable = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// Runs the branches of one all_of or first_of. Lives in the awaiting frame.
class Combination : public Operation {
 public:
  void cancel(Code reason) final { cancel_branches(reason); }
  const char* name() const override { return "combination"; }
  void show_branches(AsyncStack& stack) const final;

  /// A branch ended; `decided` when the others are no longer wanted.
  void branch_ended(std::size_t index, bool decided) {
    strands_[index].forget_first();
    if (!first_) first_ = index;
    --running_;
    if (decided && !decided_) {
      decided_ = true;
      cancel_branches(Code::kCancelled);
    }
    if (running_ == 0 && suspended_) complete();
  }
  void branch_failed(std::exception_ptr failure) {
    if (!failure_) failure_ = failure;
  }

 protected:
  explicit Combination(std::size_t branches) : strands_(branches), running_(branches) {}

  /// True if every branch already ended, so there is nothing to wait for.
  bool wait(std::coroutine_handle<> handle, const CallContext& context) {
    if (running_ == 0) return true;
    suspended_ = true;
    begin(handle, context);
    if (std::optional<Code> reason = context.strand->cancelled()) cancel_branches(*reason);
    return false;
  }
  Strand& strand(std::size_t index) { return strands_[index]; }
  bool some_branch_needs(const Operation& other, unsigned levels) const;
  std::size_t first() const { return first_.value_or(0); }
  void rethrow_failure() {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void cancel_branches(Code reason) {
    for (Strand& strand : strands_) strand.cancel(reason);
  }

  std::vector<Strand> strands_;
  std::size_t running_;
  std::optional<std::size_t> first_;
  std::exception_ptr failure_;
  bool decided_ = false;
  bool suspended_ = false;
};

/// The coroutine around one branch; destroys itself at its end.
class Branch {
 public:
  class promise_type : public PromiseBase {
   public:
    Branch get_return_object() {
      return Branch(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };

  /// Runs the branch up to its first suspension, in `strand` and otherwise in the parent's context.
  void start(PromiseBase& parent, Strand& strand) {
    start(parent, strand, parent.context().strand->group());
  }
  /// The same in another group.
  void start(PromiseBase& parent, Strand& strand, Group group) {
    CallContext context = parent.context();
    strand.inherit(*context.strand);
    strand.set_group(group);
    context.strand = &strand;
    handle_.promise().inherit(parent);
    start(context);
  }
  /// The same without a parent. Whoever made the strand calls forget_first() at the branch's end.
  void start(const CallContext& context) {
    handle_.promise().start_in(context, Strand::First::kOfRuntime);
    const RunningStrand running(*context.strand);
    handle_.resume();
  }

 private:
  explicit Branch(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

template <class T>
bool is_failure(const T& value) {
  if constexpr (kIsResult<T>) {
    return !value.has_value();
  } else {
    return false;
  }
}

/// `stop_at_first` ends the others at the first result, otherwise only at the first failure.
template <class Awaitable, class Slot>
Branch run_branch(Awaitable awaitable, Slot* slot, Combination* combination, std::size_t index,
                  bool stop_at_first) {
  bool failed = true;
  try {
    if constexpr (std::is_void_v<AwaitResult<Awaitable&&>>) {
      co_await std::move(awaitable);
      slot->emplace();
      failed = false;
    } else {
      slot->emplace(co_await std::move(awaitable));
      failed = is_failure(**slot);
    }
  } catch (...) {
    combination->branch_failed(std::current_exception());
  }
  combination->branch_ended(index, stop_at_first || failed);
}

/// Awaiter over a fixed number of branches.
template <bool kFirst, class... Awaitables>
class FixedCombination final : public Combination {
 public:
  explicit FixedCombination(std::tuple<Awaitables...> awaitables)
      : Combination(sizeof...(Awaitables)), awaitables_(std::move(awaitables)) {}

  bool await_ready() const { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    start(handle.promise(), std::index_sequence_for<Awaitables...>());
    return !wait(handle, handle.promise().context());
  }
  auto await_resume() {
    rethrow_failure();
    return take(std::index_sequence_for<Awaitables...>());
  }
  bool needs(const Operation& other, unsigned levels) const override {
    return this == &other || (!kFirst && some_branch_needs(other, levels));
  }
  bool may_need_others() const override { return !kFirst; }

 private:
  using Slots = std::tuple<std::optional<Storable<AwaitResult<Awaitables>>>...>;

  template <std::size_t... I>
  void start(PromiseBase& parent, std::index_sequence<I...>) {
    (run_branch(std::move(std::get<I>(awaitables_)), &std::get<I>(slots_), this, I, kFirst)
         .start(parent, strand(I)),
     ...);
  }
  template <std::size_t... I>
  auto take(std::index_sequence<I...>) {
    if constexpr (kFirst) {
      using First = std::variant<Storable<AwaitResult<Awaitables>>...>;
      std::optional<First> winner;
      ((I == first() ? (void)winner.emplace(std::in_place_index<I>, std::move(*std::get<I>(slots_)))
                     : (void)0),
       ...);
      return std::move(*winner);
    } else {
      return std::tuple<Storable<AwaitResult<Awaitables>>...>(std::move(*std::get<I>(slots_))...);
    }
  }

  std::tuple<Awaitables...> awaitables_;
  Slots slots_;
};

/// Awaiter over a vector of branches of one type.
template <class Awaitable>
class VectorCombination final : public Combination {
 public:
  explicit VectorCombination(std::vector<Awaitable> awaitables)
      : Combination(awaitables.size()),
        awaitables_(std::move(awaitables)),
        slots_(awaitables_.size()) {}

  bool await_ready() const { return awaitables_.empty(); }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    for (std::size_t i = 0; i < awaitables_.size(); ++i) {
      run_branch(std::move(awaitables_[i]), &slots_[i], this, i, false)
          .start(handle.promise(), strand(i));
    }
    return !wait(handle, handle.promise().context());
  }
  bool needs(const Operation& other, unsigned levels) const override {
    return this == &other || some_branch_needs(other, levels);
  }
  bool may_need_others() const override { return true; }
  std::vector<Storable<AwaitResult<Awaitable>>> await_resume() {
    rethrow_failure();
    std::vector<Storable<AwaitResult<Awaitable>>> results;
    results.reserve(slots_.size());
    for (auto& slot : slots_) results.push_back(std::move(*slot));
    return results;
  }

 private:
  std::vector<Awaitable> awaitables_;
  std::vector<std::optional<Storable<AwaitResult<Awaitable>>>> slots_;
};

/// A combination not yet begun: movable, so that all_of and first_of can take it.
template <class Combined, class Awaitables>
class [[nodiscard("a combination begins when it is awaited")]] CombinationRequest {
 public:
  explicit CombinationRequest(Awaitables awaitables) : awaitables_(std::move(awaitables)) {}
  Combined operator co_await() && { return Combined(std::move(awaitables_)); }

 private:
  Awaitables awaitables_;
};

}  // namespace detail

/// Awaits all; the tuple holds their results in order. The first error cancels those still under
/// way (their results say kCancelled); they are awaited before this returns. An exception is
/// rethrown then.
template <class... Awaitables>
  requires(sizeof...(Awaitables) > 0)
auto all_of(Awaitables... awaitables) {
  return detail::CombinationRequest<detail::FixedCombination<false, Awaitables...>,
                                    std::tuple<Awaitables...>>(
      std::tuple<Awaitables...>(std::move(awaitables)...));
}

/// As all_of, over a vector.
template <class Awaitable>
auto all_of(std::vector<Awaitable> awaitables) {
  return detail::CombinationRequest<detail::VectorCombination<Awaitable>, std::vector<Awaitable>>(
      std::move(awaitables));
}

/// Awaits until one of them ends; the variant's index says which. The others are cancelled and
/// awaited.
template <class... Awaitables>
  requires(sizeof...(Awaitables) > 0)
auto first_of(Awaitables... awaitables) {
  return detail::CombinationRequest<detail::FixedCombination<true, Awaitables...>,
                                    std::tuple<Awaitables...>>(
      std::tuple<Awaitables...>(std::move(awaitables)...));
}

}  // namespace troupe

// PromiseBase: what every coroutine of the project carries: who awaits it, from where, in which
// call.
#pragma once

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#error \
    "g++ before 13 miscompiles coroutines (co_await in a condition never completes): use clang-19"
#endif

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <source_location>
#include <utility>

#include "base/core_context.h"
#include "base/strand.h"

namespace troupe {

/// Base of all promises. Frames come from the pool of the core they are made on and die there.
class PromiseBase {
 public:
  static void* operator new(std::size_t bytes) {
    CoreContext* core = CoreContext::current_or_null();
    TROUPE_CHECK(core != nullptr,
                 "a coroutine was called outside a core; call it from System::run's main");
    return core->blocks.allocate(bytes);
  }
  static void operator delete(void* frame, std::size_t bytes) {
    CoreContext::current().blocks.free(frame, bytes);
  }

  /// The coroutine that awaits this one; null for the first of a strand.
  PromiseBase* parent() const { return parent_; }
  /// The Task that this one awaits; null if it awaits none. Also in a signal handler on the core's
  /// thread: the promise is whole.
  const PromiseBase* awaited() const {
    // Pairs with the stores below, on the same thread.
    return awaited_.load(std::memory_order_acquire);
  }
  /// Where this coroutine awaits now (or awaited last).
  const std::source_location& await_location() const { return await_location_; }
  CallContext& context() { return context_; }
  const CallContext& context() const { return context_; }

  /// Starts a strand.
  void start_in(const CallContext& context, Strand::First kind = Strand::First::kOfUser) {
    context_ = context;
    context.strand->begin_with(*this, kind);
  }
  /// Inherits deadline, cancellation and trace from the awaiting coroutine.
  void inherit(PromiseBase& parent) {
    parent_ = &parent;
    context_ = parent.context_;
  }
  /// As inherit(), for a coroutine that runs in the parent's place until it ends().
  void run_for(PromiseBase& parent) {
    inherit(parent);
    // Pairs with the load in awaited(), in a signal handler: this promise is whole.
    parent.awaited_.store(this, std::memory_order_release);
  }
  /// The parent goes on; this frame may be destroyed.
  void end() {
    // Pairs with the load in awaited(), in a signal handler, which looks in here no more.
    parent_->awaited_.store(nullptr, std::memory_order_release);
  }

  /// Every co_await passes here: it notes the source line for stall and stuck-actor reports, and
  /// shows the awaiting promise to awaitables that ask for it with bind().
  template <class Awaitable>
  Awaitable&& await_transform(Awaitable&& awaitable,
                              std::source_location location = std::source_location::current()) {
    note_await(location);
    if constexpr (requires { awaitable.bind(*this); }) awaitable.bind(*this);
    return std::forward<Awaitable>(awaitable);
  }

 protected:
  void note_await(const std::source_location& location) {
    await_location_ = location;
#if !defined(NDEBUG)
    if (CoreContext* core = CoreContext::current_or_null()) core->last_await = location;
#endif
  }

 private:
  PromiseBase* parent_ = nullptr;
  std::atomic<const PromiseBase*> awaited_ = nullptr;
  std::source_location await_location_;
  CallContext context_;
};

}  // namespace troupe

#include "io/testing_reactor.h"

#include <atomic>
#include <coroutine>
#include <exception>
#include <memory>
#include <vector>

namespace troupe::io {

namespace {

/// The coroutine at the root of a strand; destroys itself at its end.
class Root {
 public:
  class promise_type : public PromiseBase {
   public:
    Root get_return_object() {
      return Root(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };

  std::coroutine_handle<promise_type> handle() const { return handle_; }

 private:
  explicit Root(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

class RootFactory final : public CoreFactory {
 public:
  RootFactory(detail::RootBody& body, unsigned cores)
      : body_(body), roots_(cores), running_(cores) {}

  std::unique_ptr<Reactor> make(std::uint16_t index, Backend& backend,
                                std::uint64_t seed) override {
    auto core = std::make_unique<Reactor>(index, backend, seed);
    roots_[index].core = core.get();
    return core;
  }
  void start(Reactor& core) override {
    OfCore& root = roots_[core.index()];
    CallContext context;
    context.strand = &root.strand;
    root.handle = run_root(this, core.index()).handle();
    root.handle.promise().start_in(context, Strand::First::kOfRuntime);
    const RunningStrand running(root.strand);
    root.handle.resume();
  }
  void finish(Reactor& core) override {
    OfCore& root = roots_[core.index()];
    root.strand.forget_first();
    if (root.handle) root.handle.destroy();
  }

  void rethrow_failure() {
    for (const OfCore& root : roots_) {
      if (root.failure) std::rethrow_exception(root.failure);
    }
  }

 private:
  struct OfCore {
    Reactor* core = nullptr;
    Strand strand;
    std::coroutine_handle<Root::promise_type> handle;
    std::exception_ptr failure;
  };

  static Root run_root(RootFactory* factory, unsigned core) {
    OfCore& root = factory->roots_[core];
    try {
      co_await factory->body_.make(core, root.strand);
    } catch (...) {
      root.failure = std::current_exception();
    }
    root.handle = nullptr;
    root.strand.forget_first();
    factory->end_one();
  }

  /// The last one stops all cores.
  void end_one() {
    // Publishes nothing: whoever takes the last one away only asks cores to stop.
    if (running_.fetch_sub(1, std::memory_order_relaxed) != 1) return;
    for (const OfCore& root : roots_) root.core->request_stop();
  }

  detail::RootBody& body_;
  std::vector<OfCore> roots_;
  std::atomic<unsigned> running_;
};

}  // namespace

Status detail::run_roots(RootBody& body, Engine& engine) {
  RootFactory factory(body, engine.cores());
  const Status ended = engine.run(factory);
  factory.rethrow_failure();
  return ended;
}

}  // namespace troupe::io

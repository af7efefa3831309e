#include "io/testing_reactor.h"

#include <coroutine>
#include <exception>
#include <memory>

namespace troupe::io {

namespace {

/// The coroutine at the root of the strand; destroys itself at its end.
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
  explicit RootFactory(detail::RootBody& body) : body_(body) {}

  std::unique_ptr<Reactor> make(std::uint16_t index, Backend& backend,
                                std::uint64_t seed) override {
    return std::make_unique<Reactor>(index, backend, seed);
  }
  void start(Reactor& core) override {
    CallContext context;
    context.strand = &strand_;
    root_ = run_root(this).handle();
    root_.promise().start_in(context, Strand::First::kOfRuntime);
    const RunningStrand running(strand_);
    root_.resume();
  }
  void finish(Reactor& core) override {
    strand_.forget_first();
    if (root_) root_.destroy();
  }

  void rethrow_failure() {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static Root run_root(RootFactory* factory) {
    try {
      co_await factory->body_.make(factory->strand_);
    } catch (...) {
      factory->failure_ = std::current_exception();
    }
    factory->root_ = nullptr;
    factory->strand_.forget_first();
    Reactor::current().request_stop();
  }

  detail::RootBody& body_;
  Strand strand_;
  std::coroutine_handle<Root::promise_type> root_;
  std::exception_ptr failure_;
};

}  // namespace

Status detail::run_root(RootBody& body, Engine& engine) {
  RootFactory factory(body);
  const Status ended = engine.run(factory);
  factory.rethrow_failure();
  return ended;
}

}  // namespace troupe::io

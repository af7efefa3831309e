// A program that ends in an abort while an actor waits, for the test of troupe.py. Line numbers
// that the test wants are marked.
#include <cstdlib>

#include "actor/actor.h"
#include "actor/testing/sample.h"
#include "base/scope.h"

namespace {

using namespace std::chrono_literals;
using namespace troupe;

Task<Status> wait_long() {
  Status slept = co_await sleep_for(24h);  // mark: wait_long
  co_return slept;
}

Task<Status> wait_for_children() {
  Scope scope;
  co_await scope.start(wait_long());             // mark: start
  const ScopeEnd ended = co_await scope.join();  // mark: join
  co_return ended;
}

Behavior stuck(sample::Counter::Self self) {
  auto msg = co_await self.receive();
  (void)msg.kind();
  auto waited = co_await all_of(wait_for_children(), wait_long());  // mark: stuck
  (void)waited;
}

Behavior idle(sample::Vault::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == sample::Vault::Kind::kStop) co_return;
  }
}

Task<Status> abort_later(Root root) {
  Ref<sample::Vault>("alice").tell().add(1);
  auto actor = root.spawn<sample::Counter>(stuck);
  for (unsigned i = 0; i < 4; ++i) actor.tell().add(i);
  auto slept = co_await sleep_for(50ms);  // mark: abort
  (void)slept;
  std::abort();
}

}  // namespace

int main() {
  SystemOptions options;
  options.backend = BackendKind::kEpoll;
  options.cores = 1;
  System system(std::move(options));
  system.serve<sample::Vault>(idle);
  return system.run(abort_later).ok() ? 0 : 1;
}

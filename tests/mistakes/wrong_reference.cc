// Misuse of a reference: another actor's message, a start with the wrong arguments, a keyed actor
// that is spawned.
#include "actor/actor.h"
#include "actor/testing/sample.h"

using namespace troupe;

// error: no member named 'deposit'
// error: spawn wants a function (Self, arguments…) -> Behavior
// error: keyed actors are not spawned: System::serve says how they start
Behavior vault_without_start(sample::Vault::Self self);

Task<Status> careful(Root root) {
  auto counter = root.spawn<sample::Counter>(sample::counter, std::uint64_t{3});
#if defined(MISTAKE)
  counter.tell().deposit(5);
  (void)root.spawn<sample::Watcher>(sample::counter);
  (void)root.spawn<sample::Vault>(vault_without_start);
#else
  counter.tell().add(5);
#endif
  co_return ok();
}

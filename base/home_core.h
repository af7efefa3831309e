// HomeCore: which core an object belongs to, for those that say "one core only".
#pragma once

#include <cstdint>

#include "base/check.h"
#include "base/core_context.h"

namespace troupe::detail {

/// The core an object was made on or, if that was none, the first it is used on. A member of what
/// only one core may touch. Looks in debug and sanitized builds alone.
class HomeCore {
 public:
  HomeCore() { note(); }

  /// Aborts if the current core is another one. `what`: "a Semaphore".
  void check([[maybe_unused]] const char* what) {
    TROUPE_DCHECK(CoreContext::current_or_null() != nullptr,
                  "%s is used outside a core; call this from a behaviour or a task", what);
    if (index_ == kNone) note();
    TROUPE_DCHECK(index_ == CoreContext::current().index(),
                  "%s of core %u is used on core %u; it belongs to one core: send a message", what,
                  unsigned{index_}, unsigned{CoreContext::current().index()});
  }

 private:
  static constexpr std::uint16_t kNone = 0xffff;

  void note() {
    const CoreContext* core = CoreContext::current_or_null();
    if (core != nullptr) index_ = core->index();
  }

  std::uint16_t index_ = kNone;
};

}  // namespace troupe::detail

#include "io/descriptor.h"

#include <unistd.h>

#include "base/check.h"
#include "io/reactor.h"

namespace troupe::io {

namespace {

/// Ends what waits on it; returns how many there were. Off a core nothing can wait.
unsigned detach(int number) {
  CoreContext* const core = CoreContext::current_or_null();
  return core != nullptr ? static_cast<Reactor*>(core)->backend().detach(number) : 0;
}

}  // namespace

// The backend knows how to close what it gave. Off a core it is the kernel's, if it is any.
void close_descriptor(int number) {
  CoreContext* const core = CoreContext::current_or_null();
  if (core != nullptr) {
    static_cast<Reactor*>(core)->backend().close(number);
  } else if (number < kSimulatedDescriptorFirst) {
    ::close(number);
  }
}

Descriptor::Descriptor(int number) : number_(number) {
  if (number >= 0) Reactor::current().backend().attach(number);
}

void Descriptor::close() {
  const int number = release();
  if (number >= 0) close_descriptor(number);
}

int Descriptor::release() {
  if (number_ >= 0) detach(number_);
  return std::exchange(number_, -1);
}

void Descriptor::reset() {
  const int number = std::exchange(number_, -1);
  if (number < 0) return;
  [[maybe_unused]] const unsigned ended = detach(number);
  close_descriptor(number);
  TROUPE_DCHECK(ended == 0,
                "descriptor %d is destroyed while %u operations wait on it: close() it first and "
                "await their ends",
                number, ended);
}

}  // namespace troupe::io

#include "base/semaphore.h"

#include "base/check.h"

namespace troupe {

Semaphore::~Semaphore() {
  TROUPE_CHECK(waiting_.empty(), "a Semaphore is destroyed while %zu wait for it; end them first",
               waiting_.size());
  TROUPE_CHECK(
      available_ == total_,
      "a Semaphore is destroyed while %zu of its %zu permits are held; it must outlive them",
      total_ - available_, total_);
}

std::optional<Permit> Semaphore::try_acquire(std::size_t count) {
  home_.check("a Semaphore");
  if (!take(count)) return std::nullopt;
  return Permit(*this, count);
}

bool Semaphore::take(std::size_t count) {
  if (!waiting_.empty() || count > available_) return false;
  available_ -= count;
  return true;
}

void Semaphore::give_back(std::size_t count) {
  home_.check("a Semaphore");
  available_ += count;
  grant_waiting();
}

void Semaphore::grant_waiting() {
  while (!waiting_.empty()) {
    auto& first = static_cast<detail::Acquisition&>(*waiting_.first());
    if (first.count_ > available_) return;
    available_ -= first.count_;
    first.grant();
  }
}

void Permit::release() {
  if (semaphore_ == nullptr) return;
  std::exchange(semaphore_, nullptr)->give_back(std::exchange(count_, 0));
}

namespace detail {

Acquisition::Acquisition(Semaphore& semaphore, std::size_t count, Deadline deadline)
    : QueuedWait(semaphore.waiting_, deadline), semaphore_(semaphore), count_(count) {}

Acquisition::~Acquisition() {
  if (granted()) semaphore_.give_back(count_);
}

bool Acquisition::try_now() {
  semaphore_.home_.check("a Semaphore");
  if (count_ > semaphore_.total_) {
    refuse(Error(Code::kTooLarge, semaphore_.total_, "the semaphore never has so many permits"));
    return true;
  }
  return semaphore_.take(count_);
}

Result<Permit> Acquisition::take() {
  if (granted() && too_late()) semaphore_.give_back(count_);
  if (error()) return *error();
  return Permit(semaphore_, count_);
}

// Who wanted more than there was may have held up others who want less.
void Acquisition::left() { semaphore_.grant_waiting(); }

}  // namespace detail

}  // namespace troupe

#include "actor/names/errand.h"

#include "actor/core.h"
#include "actor/names/core_names.h"

namespace troupe::names {

Errand::~Errand() {
  if (waiter_ != nullptr) waiter_->under_way_ = nullptr;
}

void Errand::run() {
  Core& here = Core::current();
  if (!done_) {
    unsigned next = visit(here);
    if (next == kHome) {
      done_ = true;
      next = home_;
    }
    here.run_on(next, *this);
    return;
  }
  std::unique_ptr<Errand> self = here.names->errands.take(*this);
  ErrandWait* waiter = std::exchange(waiter_, nullptr);
  if (waiter == nullptr) return;
  waiter->under_way_ = nullptr;
  waiter->errand_ = std::move(self);
  waiter->grant();
}

Errands::~Errands() {
  while (first_ != nullptr) take(*first_);
}

Errand& Errands::send(Core& here, std::unique_ptr<Errand> errand, unsigned core) {
  Errand& sent = *errand.release();
  sent.home_ = here.index();
  sent.next_errand_ = first_;
  if (first_ != nullptr) first_->previous_errand_ = &sent;
  first_ = &sent;
  here.run_on(core, sent);
  return sent;
}

std::unique_ptr<Errand> Errands::take(Errand& errand) {
  Errand* const next = errand.next_errand_;
  Errand* const previous = errand.previous_errand_;
  (previous != nullptr ? previous->next_errand_ : first_) = next;
  if (next != nullptr) next->previous_errand_ = previous;
  return std::unique_ptr<Errand>(&errand);
}

ErrandWait::~ErrandWait() {
  if (under_way_ != nullptr) under_way_->waiter_ = nullptr;
}

bool ErrandWait::try_now() {
  under_way_ = &Core::current().names->errands.send(Core::current(), std::move(errand_), core_);
  under_way_->waiter_ = this;
  return false;
}

void ErrandWait::left() {
  if (under_way_ == nullptr) return;
  under_way_->waiter_ = nullptr;
  under_way_ = nullptr;
}

Errand* ErrandWait::finished(Error& why_not) {
  if (granted() && !too_late()) return errand_.get();
  if (error()) why_not = *error();
  return nullptr;
}

}  // namespace troupe::names

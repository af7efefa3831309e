#include "actor/on_core.h"

#include "base/async_stack.h"

namespace troupe {

void CoreVisit::depart(std::coroutine_handle<> handle, const CallContext& context) {
  Core& here = Core::current();
  TROUPE_CHECK(core_ < here.node().cores(), "on_core(%u): there are %u cores, from 0", core_,
               here.node().cores());
  home_ = here.index();
  // The deadline travels; the strand is the task's own, and the trace belongs to a frame of
  // this core.
  context_.deadline = context.deadline;
  context_.strand = &strand_;
  strand_.set_group(context.strand->group());
  under_way_ = 1;
  begin(handle, context);
  here.run_on(core_, go_);
  if (std::optional<Code> reason = context.strand->cancelled()) cancel(*reason);
}

void CoreVisit::Go::run() { visit.start_task(visit.context_); }

// The strand is there.
void CoreVisit::show_branches(AsyncStack& stack) const { stack.add_elsewhere(core_); }

void CoreVisit::depart_home() {
  // From here on the other core may end the visit, and the strand with it.
  strand_.forget_first();
  Core::current().note_running(nullptr);
  task_ended_ = true;
  Core::current().run_on(home_, back_);
}

void CoreVisit::cancel(Code reason) {
  ++under_way_;
  cancel_.reason = reason;
  Core::current().run_on(core_, cancel_);
}

// The order in a lane is kept, so this arrives after go; the task may have ended meanwhile.
void CoreVisit::Cancel::run() {
  if (!outbound) {
    visit.came_home();
    return;
  }
  outbound = false;
  if (!visit.task_ended_) visit.strand_.cancel(reason);
  Core::current().run_on(visit.home_, *this);
}

void CoreVisit::Back::run() { visit.came_home(); }

void CoreVisit::came_home() {
  if (--under_way_ == 0) complete();
}

}  // namespace troupe

#include "actor/delivery/pipe.h"

#include "actor/core.h"
#include "actor/relations.h"
#include "base/log.h"

namespace troupe {

const ActorType Pipe::kType{
    .name = "troupe.Pipe",
    .id = Pipe::kId,
    .keyed = false,
    .watches = false,
    .mailbox_messages = 1,
    .mailbox_bytes = kMailboxBytesDefault,
    .overflow = Overflow::kReject,
    .kind_name = [](std::uint16_t) -> const char* { return nullptr; },
    .release_handles = nullptr,
    .shape_of = [](std::uint16_t, bool) -> const protocols::StructShape* { return nullptr; },
};

namespace detail {

PipeTicket::PipeTicket(Cell& actor, Cell& pipe) : actor_(&actor), pipe_(&pipe) {
  actor.count_pipes(1);
}
PipeTicket::~PipeTicket() {
  if (actor_ != nullptr) actor_->count_pipes(-1);
}

void PipeTicket::fail(std::exception_ptr exception) {
  pipe_->fail(Failure::of_exception(std::move(exception), true));
}

void note_piped_exception(std::exception_ptr exception) {
  const Failure failure = Failure::of_exception(std::move(exception), true);
  log_warning(Core::current().node().log(), "an exception left what was piped: %s",
              failure.what().c_str());
}

Result<Cell*> new_helper(Cell& actor, const ActorType& type) {
  Core& core = Core::current();
  if (core.stopping() || actor.stopping()) return Error(Code::kStopping);
  Cell* cell = core.new_cell(type, &actor);
  if (cell == nullptr) {
    return Error(Code::kTooManyActors, core.node().options().actors_per_core_max);
  }
  // An exception in a mapping is the failure of the actor that gave it.
  cell->supervise(Supervision{.decider = decide_for_helper, .lifetime = Lifetime::kTemporary},
                  nullptr);
  return cell;
}

Status check_pipes(Cell& actor) {
  if (actor.count_pipes(0) < kPipesMax) return ok();
  return Error(Code::kOverloaded, kPipesMax, "pipes of one actor");
}

}  // namespace detail

}  // namespace troupe

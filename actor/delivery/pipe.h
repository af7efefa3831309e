// pipe: a task that runs beside a behaviour, and whose result comes to it as a message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "actor/behavior.h"
#include "actor/cell.h"
#include "actor/message.h"
#include "actor/ref.h"
#include "actor/self.h"
#include "base/combine.h"
#include "base/result.h"

namespace troupe {

/// Pipes of one actor that run at once, at most.
inline constexpr std::uint32_t kPipesMax = 1024;

/// The protocol of what runs a pipe: a child of the actor, which nobody sends anything.
struct Pipe {
  static constexpr std::uint64_t kId = 0x7069'7065'0000'0001;
  static constexpr bool kKeyed = false;
  static constexpr bool kWatches = false;
  static const ActorType kType;
  using Self = troupe::Self<Pipe>;
  class Message : public ReceivedMessage {
   public:
    explicit Message(Delivery delivery) : ReceivedMessage(delivery, false) {}
  };
};

namespace detail {

/// One of the kPipesMax of an actor. In the pipe's frame, which the actor outlives.
class PipeTicket {
 public:
  PipeTicket(Cell& actor, Cell& pipe);
  PipeTicket(PipeTicket&& other) noexcept
      : actor_(std::exchange(other.actor_, nullptr)), pipe_(other.pipe_) {}
  PipeTicket& operator=(PipeTicket&&) = delete;
  ~PipeTicket();
  /// The pipe fails, as one that has begun its work.
  void fail(std::exception_ptr exception);

 private:
  Cell* actor_;
  Cell* pipe_;
};

/// What an awaitable comes to: its Result or Status, or a Result of its value.
template <class Value>
struct PipeOutcome {
  using Type = std::conditional_t<kIsResult<Value>, Value, Result<Value>>;
};
template <>
struct PipeOutcome<void> {
  using Type = Status;
};

void note_piped_exception(std::exception_ptr exception);

template <class A, class Work, class Map>
Behavior run_pipe(Self<Pipe> self, Work work, Map map, Ref<A> to, PipeTicket ticket) {
  using Value = AwaitResult<Work&&>;
  using Outcome = typename PipeOutcome<Value>::Type;
  std::optional<Outcome> outcome;
  try {
    if constexpr (std::is_void_v<Value>) {
      co_await std::move(work);
      outcome.emplace(ok());
    } else {
      auto value = co_await std::move(work);
      outcome.emplace(std::move(value));
    }
  } catch (...) {
    note_piped_exception(std::current_exception());
    outcome.emplace(Error(Code::kFailed, 0, "an exception left what was piped"));
  }
  // The behaviour that wanted to know is gone, or about to go.
  if (self.stopping()) co_return;
  try {
    map(std::move(*outcome), to);
  } catch (...) {
    ticket.fail(std::current_exception());
  }
}

/// The cell of a pipe or adapter, or why not.
Result<Cell*> new_helper(Cell& actor, const ActorType& type);
Status check_pipes(Cell& actor);

template <class A, class Work, class Map>
Status start_pipe(Cell& actor, Ref<A> to, Work work, Map map) {
  TROUPE_TRY(check_pipes(actor));
  TROUPE_TRY(Cell * cell, new_helper(actor, Pipe::kType));
  try {
    cell->start(run_pipe(Self<Pipe>(*cell), std::move(work), std::move(map), std::move(to),
                         PipeTicket(actor, *cell)));
  } catch (...) {
    Core::current().discard_cell(*cell);
    throw;
  }
  // Reports say whose work this is.
  cell->strand().belong_to(&actor);
  return ok();
}

template <class A, class B, class Map>
Behavior run_adapter(Self<B> self, Map map, Ref<A> to) {
  for (;;) {
    auto message = co_await self.receive();
    if (message.kind() == B::Kind::kStop) co_return;
    map(std::move(message), to);
  }
}

template <class B, class A, class Map>
Result<Ref<B>> start_adapter(Cell& actor, Ref<A> to, Map map) {
  static_assert(!B::kKeyed, "an adapter speaks a protocol whose actors are spawned");
  TROUPE_TRY(Cell * cell, new_helper(actor, B::kType));
  try {
    cell->start(run_adapter<A>(Self<B>(*cell), std::move(map), std::move(to)));
  } catch (...) {
    Core::current().discard_cell(*cell);
    throw;
  }
  return Ref<B>(cell->address());
}

}  // namespace detail

template <class A>
template <class Work, class Map>
Status Self<A>::pipe(Work work, Map map) const {
  return detail::start_pipe<A>(*cell_, ref(), std::move(work), std::move(map));
}

template <class A>
template <class B, class Map>
Result<Ref<B>> Self<A>::adapter(Map map) const {
  return detail::start_adapter<B, A>(*cell_, ref(), std::move(map));
}

}  // namespace troupe

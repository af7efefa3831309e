// handle: one message, whose failure need not be its actor's: resume.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

#include "actor/message.h"
#include "actor/supervision/failure.h"
#include "base/task.h"

namespace troupe {

class Cell;

/// What is done about an exception that left a handler. The behaviour is whole, so unlike Directive
/// this has resume.
enum class HandlerDirective : std::uint8_t {
  kResume,  ///< The actor goes on with its state and the next message.
  kFail,    ///< The exception goes on out of the behaviour, and the supervisor decides.
};
/// Called on the core of the actor; must not throw.
using HandlerDecider = std::function<HandlerDirective(const Failure&)>;

/// Resumes, except after a DeathPact.
HandlerDirective decide_to_resume(const Failure& failure);
/// The exception is the actor's failure.
HandlerDirective decide_to_fail(const Failure& failure);

/// An exception left the handler of `message`: an unanswered ask is answered `failed`; rethrows it
/// if that is what the decider says, and otherwise notes it.
void settle_failed(Cell& cell, ReceivedMessage& message, const std::exception_ptr& exception,
                   const HandlerDecider& decider);

/// Self::handle(): the message lives as long as the task.
template <class Message>
Task<> handle_message(Cell* cell, Message message, Task<> task, HandlerDecider decider) {
  std::exception_ptr exception;
  try {
    co_await std::move(task);
  } catch (...) {
    exception = std::current_exception();
  }
  if (exception) settle_failed(*cell, message, exception, decider);
}

}  // namespace troupe

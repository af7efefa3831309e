// AsyncStack: what a strand waits for, by which chain of awaits, as a value that can be printed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <span>
#include <string>

#include "base/promise.h"
#include "base/strand.h"
#include "base/task.h"

namespace troupe {

/// One line of an AsyncStack. Its pointers are to what lives as long as the program.
struct AsyncLine {
  enum class Kind : std::uint8_t {
    kWaits,      ///< A strand waits for the operation `what`.
    kReady,      ///< A strand waits for nothing but its turn.
    kRuns,       ///< A strand runs; the first kAt below is where it awaited last.
    kNotBegun,   ///< A Task that nobody has awaited yet.
    kEnded,      ///< A strand or Task without a coroutine, any more or yet.
    kAt,         ///< A coroutine that awaits at `where`, innermost first.
    kElsewhere,  ///< The rest is on core `count`, which alone may look at it.
    kOmitted,    ///< `count` more lines did not fit.
  };

  Kind kind = Kind::kEnded;
  std::uint8_t depth = 0;  ///< 0, or how many combinations and scopes this lies below.
  std::uint32_t count = 0;
  const char* what = nullptr;
  /// kAt: the await. Other lines: where the child of a Scope was started, or nowhere (line 0).
  std::source_location where = {};
};

/// A copy: stays what it was when taken. About 1 KiB; allocates nothing. Thread: taken on the core
/// that owns the strand, read anywhere.
class AsyncStack {
 public:
  /// Lines; what does not fit is counted.
  static constexpr std::size_t kLinesMax = 48;
  /// Coroutines shown of one strand, from the innermost.
  static constexpr std::size_t kFramesMax = 16;
  /// Combinations and scopes within one another that are followed.
  static constexpr std::uint8_t kDepthMax = 8;

  AsyncStack() = default;

  std::span<const AsyncLine> lines() const { return {lines_.data(), size_}; }
  /// A line each, with a newline in between:
  ///
  ///     waits for combination
  ///       at bank/transfer.cc:42 in Task<Status> transfer(Ref<Account>, Ref<Account>)
  ///       - waits for ask
  ///         at bank/withdraw.cc:17 in …
  std::string text() const;

  // ---- for those who take one ----

  /// `strand`, and what it waits for, as a tree.
  void add(const Strand& strand);
  /// The chain of `strand`, which runs, and of those who await it: no tree. Also in a signal
  /// handler on the core's thread.
  void add_running(const Strand& strand);
  /// The chain through `promise` and what it waits for.
  void add(const PromiseBase& promise);
  /// For Operation::show_branches(): a strand it waits for, started at `where` or nowhere.
  void add_branch(const Strand& strand, const std::source_location& where = {});
  /// For the same: what it waits for is on `core`.
  void add_elsewhere(unsigned core);
  void add_line(AsyncLine line);

 private:
  void add_state(const Strand& strand, const PromiseBase* innermost,
                 const std::source_location& where);
  void add_frames(const PromiseBase* innermost, const PromiseBase* end);
  void add_operation(const Strand& strand);

  std::array<AsyncLine, kLinesMax> lines_;
  std::size_t size_ = 0;
  std::uint8_t depth_ = 0;
};

/// What `strand` waits for, and by which awaits. Thread: its core only.
AsyncStack async_stack(const Strand& strand);

namespace detail {
AsyncStack task_stack(const PromiseBase* promise, bool ended);
}  // namespace detail

/// What `task` waits for: its own awaits, what they wait for, and who awaits it. Thread: its core
/// only.
template <class T>
AsyncStack async_stack(const Task<T>& task) {
  return detail::task_stack(task.promise(), task.ended());
}

}  // namespace troupe

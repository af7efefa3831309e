#include "base/async_stack.h"

#include <cstdio>

#include "base/combine.h"
#include "base/core_context.h"

namespace troupe {

namespace {

/// The coroutine that runs or is suspended below `promise`.
const PromiseBase* innermost_below(const PromiseBase* promise) {
  while (const PromiseBase* awaited = promise->awaited()) promise = awaited;
  return promise;
}

/// The runtime's own coroutine around a branch tells a reader nothing.
bool is_wrapper(const PromiseBase& promise) {
  const Strand& strand = *promise.context().strand;
  return strand.first() == &promise && strand.kind() == Strand::First::kOfRuntime;
}

bool runs_now(const Strand& strand) {
  const CoreContext* core = CoreContext::current_or_null();
  return core != nullptr && core->running() == &strand;
}

bool is_somewhere(const std::source_location& where) { return where.line() != 0; }

std::string place_of(const std::source_location& where) {
  return std::string(where.file_name()) + ":" + std::to_string(where.line());
}

std::string text_of(const AsyncLine& line) {
  switch (line.kind) {
    case AsyncLine::Kind::kWaits:
      return std::string("waits for ") + line.what;
    case AsyncLine::Kind::kReady:
      return "waits for its turn";
    case AsyncLine::Kind::kRuns:
      return "runs";
    case AsyncLine::Kind::kNotBegun:
      return "is not awaited yet";
    case AsyncLine::Kind::kEnded:
      return "has no coroutine";
    case AsyncLine::Kind::kAt:
      if (!is_somewhere(line.where)) return "before its first await";
      return "at " + place_of(line.where) + " in " + line.where.function_name();
    case AsyncLine::Kind::kElsewhere:
      return "goes on on core " + std::to_string(line.count);
    case AsyncLine::Kind::kOmitted:
      return "… and " + std::to_string(line.count) + " more";
  }
  return "";
}

bool is_detail(AsyncLine::Kind kind) {
  return kind == AsyncLine::Kind::kAt || kind == AsyncLine::Kind::kElsewhere ||
         kind == AsyncLine::Kind::kOmitted;
}

}  // namespace

void AsyncStack::add_line(AsyncLine line) {
  line.depth = depth_;
  if (size_ < kLinesMax) {
    lines_[size_++] = line;
    return;
  }
  AsyncLine& last = lines_[kLinesMax - 1];
  if (last.kind != AsyncLine::Kind::kOmitted || last.depth != 0) {
    const std::uint32_t covered = last.kind == AsyncLine::Kind::kOmitted ? last.count : 1;
    last = AsyncLine{.kind = AsyncLine::Kind::kOmitted, .count = covered};
  }
  last.count += line.kind == AsyncLine::Kind::kOmitted ? line.count : 1;
}

void AsyncStack::add_state(const Strand& strand, const PromiseBase* innermost,
                           const std::source_location& where) {
  AsyncLine line{.kind = AsyncLine::Kind::kReady, .where = where};
  if (const Operation* waiting = strand.waiting(); waiting != nullptr) {
    line.kind = AsyncLine::Kind::kWaits;
    line.what = waiting->name();
  } else if (runs_now(strand)) {
    line.kind = AsyncLine::Kind::kRuns;
  } else if (innermost == nullptr) {
    line.kind = AsyncLine::Kind::kEnded;
  } else if (strand.owner() != nullptr) {
    line.what = strand.owner()->awaited_in(*innermost);
    if (line.what != nullptr) line.kind = AsyncLine::Kind::kWaits;
  }
  add_line(line);
}

void AsyncStack::add_frames(const PromiseBase* innermost, const PromiseBase* end) {
  std::size_t shown = 0;
  std::uint32_t left_out = 0;
  for (const PromiseBase* promise = innermost; promise != end; promise = promise->parent()) {
    if (is_wrapper(*promise)) continue;
    if (shown == kFramesMax) {
      ++left_out;
      continue;
    }
    ++shown;
    add_line(AsyncLine{.kind = AsyncLine::Kind::kAt, .where = promise->await_location()});
  }
  if (left_out != 0) add_line(AsyncLine{.kind = AsyncLine::Kind::kOmitted, .count = left_out});
}

void AsyncStack::add_operation(const Strand& strand) {
  if (strand.waiting() == nullptr || depth_ >= kDepthMax) return;
  ++depth_;
  strand.waiting()->show_branches(*this);
  --depth_;
}

void AsyncStack::add_branch(const Strand& strand, const std::source_location& where) {
  const PromiseBase* const first = strand.first();
  if (first == nullptr) return;
  const PromiseBase* const innermost = innermost_below(first);
  add_state(strand, innermost, where);
  add_frames(innermost, first->parent());
  add_operation(strand);
}

void AsyncStack::add(const Strand& strand) {
  if (strand.first() == nullptr) {
    add_state(strand, nullptr, {});
  } else {
    add_branch(strand);
  }
}

void AsyncStack::add(const PromiseBase& promise) {
  const PromiseBase* const innermost = innermost_below(&promise);
  const Strand& strand = *promise.context().strand;
  add_state(strand, innermost, {});
  add_frames(innermost, nullptr);
  add_operation(strand);
}

void AsyncStack::add_running(const Strand& strand) {
  add_line(AsyncLine{.kind = AsyncLine::Kind::kRuns});
  if (const PromiseBase* const first = strand.first(); first != nullptr) {
    add_frames(innermost_below(first), nullptr);
  }
}

void AsyncStack::add_elsewhere(unsigned core) {
  add_line(AsyncLine{.kind = AsyncLine::Kind::kElsewhere, .count = core});
}

std::string AsyncStack::text() const {
  std::string text;
  for (const AsyncLine& line : lines()) {
    if (!text.empty()) text += '\n';
    text.append(2 * std::size_t{line.depth} + (is_detail(line.kind) ? 2 : 0), ' ');
    if (line.depth != 0 && !is_detail(line.kind)) text += "- ";
    text += text_of(line);
    if (!is_detail(line.kind) && is_somewhere(line.where)) {
      text += ", started at " + place_of(line.where);
    }
  }
  return text;
}

AsyncStack async_stack(const Strand& strand) {
  AsyncStack stack;
  stack.add(strand);
  return stack;
}

AsyncStack detail::task_stack(const PromiseBase* promise, bool ended) {
  AsyncStack stack;
  if (promise == nullptr || ended) {
    stack.add_line(AsyncLine{.kind = AsyncLine::Kind::kEnded});
  } else if (promise->context().strand == nullptr) {
    stack.add_line(AsyncLine{.kind = AsyncLine::Kind::kNotBegun});
  } else {
    stack.add(*promise);
  }
  return stack;
}

}  // namespace troupe

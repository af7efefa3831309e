#include "base/scope.h"

#include <cstdio>
#include <string>

#include "base/async_stack.h"
#include "base/check.h"

namespace troupe {

namespace {
/// Children that the report of a scope destroyed too early names.
constexpr std::size_t kReportedMax = 8;
}  // namespace

Scope::Scope(ScopeOptions options) : options_(options) {
  TROUPE_CHECK(options.children_max > 0, "ScopeOptions: children_max must be at least 1");
}

Scope::~Scope() {
  if (running_ > 0) [[unlikely]]
    abort_with_children();
  TROUPE_CHECK(starting_.empty() && promised_ == 0,
               "a Scope is destroyed while %zu wait to start a child; co_await scope.join() first",
               starting_.size() + promised_);
  TROUPE_CHECK(joining_ == nullptr, "a Scope is destroyed while its join() is awaited");
}

void Scope::cancel(Code reason) {
  home_.check("a Scope");
  cancelled_ = true;
  // Nothing ends inside a cancel: what is cancelled goes on by the run queue.
  for (Child* child = first_; child != nullptr; child = child->next_) child->strand_.cancel(reason);
  while (!starting_.empty()) starting_.first()->fail(Error(reason));
}

void Scope::add(Child& child) {
  child.previous_ = last_;
  (last_ != nullptr ? last_->next_ : first_) = &child;
  last_ = &child;
  ++running_;
}

void Scope::remove(Child& child) {
  (child.previous_ != nullptr ? child.previous_->next_ : first_) = child.next_;
  (child.next_ != nullptr ? child.next_->previous_ : last_) = child.previous_;
  --running_;
}

void Scope::child_ended(Child& child) {
  home_.check("a Scope");
  remove(child);
  const bool as_told = child.error_ && child.strand_.cancelled() == child.error_->code();
  if (child.error_ && !as_told) child_failed(child.error_);
  settle();
}

/// No error: an exception.
void Scope::child_failed(const std::optional<Error>& error) {
  ++failures_;
  if (!failure_) failure_ = error;
  if (!error || options_.on_failure == OnFailure::kCancelSiblings) cancel(Code::kCancelled);
}

void Scope::settle() {
  while (!cancelled_ && has_room() && !starting_.empty()) {
    ++promised_;
    starting_.first()->grant();
  }
  if (joining_ != nullptr && idle()) joining_->all_ended();
}

bool Scope::some_child_needs(const Operation& other, unsigned levels) const {
  if (levels == 0) return false;
  for (const Child* child = first_; child != nullptr; child = child->next_) {
    if (child->strand_.needs(other, levels - 1)) return true;
  }
  return false;
}

void Scope::show_children(AsyncStack& stack) const {
  for (const Child* child = first_; child != nullptr; child = child->next_) {
    stack.add_branch(child->strand_, child->started_);
  }
}

AsyncStack async_stack(const Scope& scope) {
  AsyncStack stack;
  scope.show_children(stack);
  return stack;
}

void Scope::abort_with_children() const {
  std::string report;
  std::size_t named = 0;
  for (const Child* child = first_; child != nullptr && named < kReportedMax; ++named) {
    char line[512];
    const Operation* waiting = child->strand_.waiting();
    const bool is_task = child->task_ != nullptr;
    const std::source_location& awaits = is_task ? child->task_->await_location() : child->started_;
    std::snprintf(line, sizeof line, "\n  started at %s:%u, awaits %s at %s:%u",
                  child->started_.file_name(), static_cast<unsigned>(child->started_.line()),
                  waiting != nullptr ? waiting->name() : "its turn", awaits.file_name(),
                  static_cast<unsigned>(awaits.line()));
    report += line;
    child = child->next_;
  }
  if (named < running_) report += "\n  …";
  fail_check(__FILE__, __LINE__,
             "a Scope is destroyed while %zu children run; co_await scope.join() first:%s",
             running_, report.c_str());
}

namespace detail {

std::suspend_never ScopeChild::promise_type::final_suspend() noexcept {
  scope_.child_ended(*this);
  // The strand goes with the frame.
  CoreContext::current().note_running(nullptr);
  return {};
}

void ScopeChild::promise_type::unhandled_exception() {
  if (!scope_.exception_) scope_.exception_ = std::current_exception();
  scope_.child_failed(std::nullopt);
}

void ScopeChild::start(PromiseBase& starter) {
  promise_type& child = handle_.promise();
  CallContext context = starter.context();
  if (context.trace != nullptr) {
    child.trace_ = *context.trace;
    context.trace = &child.trace_;
  }
  child.strand_.inherit(*context.strand);
  context.strand = &child.strand_;
  child.start_in(context, Strand::First::kOfRuntime);
  child.started_ = starter.await_location();
  child.scope_.add(child);
  const RunningStrand running(child.strand_);
  handle_.resume();
}

StartWait::StartWait(Scope& scope, Deadline deadline)
    : QueuedWait(scope.starting_, deadline), scope_(scope) {}

StartWait::~StartWait() {
  if (granted()) --scope_.promised_;
}

bool StartWait::try_now() {
  scope_.home_.check("a Scope");
  if (scope_.cancelled_) return true;
  if (!scope_.has_room() || !scope_.starting_.empty()) return false;
  start();
  return true;
}

void StartWait::start() {
  started_ = true;
  make_child(&scope_).start(*starter_);
}

bool StartWait::await_resume() {
  if (granted()) {
    const bool late = too_late();
    --scope_.promised_;
    if (!late && !scope_.cancelled_) start();
    scope_.settle();
  }
  if (error() && !scope_.cancelled_ && !scope_.refusal_) scope_.refusal_ = error();
  return started_;
}

JoinAwaiter::~JoinAwaiter() {
  if (armed()) CoreContext::current().disarm_timer(*this);
  if (scope_.joining_ == this) scope_.joining_ = nullptr;
}

bool JoinAwaiter::suspend(std::coroutine_handle<> handle, const CallContext& context) {
  scope_.home_.check("a Scope");
  TROUPE_CHECK(scope_.joining_ == nullptr, "a Scope is joined by two coroutines at once");
  if (scope_.idle()) return false;
  ends_by_itself_ = deadline_.at() < context.deadline;
  deadline_ = Deadline::earlier(deadline_, Deadline(context.deadline));
  scope_.joining_ = this;
  waiting_ = true;
  begin(handle, context);
  watch(*context.strand);
  return true;
}

/// Sees to it that a cancellation, one that came before included, and the deadline are heeded.
void JoinAwaiter::watch(const Strand& strand) {
  if (const std::optional<Code> reason = strand.cancelled()) return give_up(*reason);
  if (deadline_.at() != Time::max()) CoreContext::current().arm_timer(*this, deadline_.at());
}

/// Cancels the children, and goes on waiting for them.
void JoinAwaiter::give_up(Code reason) {
  if (armed()) CoreContext::current().disarm_timer(*this);
  if (!given_up_) given_up_ = reason;
  scope_.cancel(reason);
}

void JoinAwaiter::show_branches(AsyncStack& stack) const { scope_.show_children(stack); }

bool JoinAwaiter::needs(const Operation& other, unsigned levels) const {
  return this == &other || (!ends_by_itself_ && scope_.some_child_needs(other, levels));
}

void JoinAwaiter::all_ended() {
  if (!waiting_) return;
  waiting_ = false;
  if (armed()) CoreContext::current().disarm_timer(*this);
  complete();
}

// Somebody else may have started a child since the last one ended.
void JoinAwaiter::run() {
  if (scope_.idle()) {
    scope_.joining_ = nullptr;
    return resume();
  }
  waiting_ = true;
  begin_again();
  watch(strand());
}

ScopeEnd JoinAwaiter::await_resume() {
  if (scope_.exception_) std::rethrow_exception(scope_.exception_);
  std::optional<Error> error = scope_.failure_;
  if (!error && given_up_) error = Error(*given_up_);
  if (!error) error = scope_.refusal_;
  return ScopeEnd(error ? Status(*error) : ok(), scope_.failures_);
}

}  // namespace detail

}  // namespace troupe

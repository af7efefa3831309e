// Probe<A>: an actor of a test that keeps what it receives until the test asks for it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor/ref.h"
#include "actor/self.h"
#include "actor/testing/describe.h"
#include "actor/testing/expectation.h"
#include "actor/testing/test_state.h"
#include "base/condition.h"
#include "base/task.h"
#include "base/time.h"

namespace troupe::testing {

/// How long an expectation waits that is given no deadline.
inline constexpr Duration kPatience = std::chrono::seconds(1);
/// Messages that a failed expectation shows of those queued or skipped.
inline constexpr std::size_t kShownMessagesMax = 8;

/// A message of A, read as `View`: the fields of the contract, and reply(), deny() or take_reply()
/// of an ask. Owns the message: an ask that nobody answered is answered no_reply at its end.
template <class A, class View>
class Received : public View {
 public:
  Received(typename A::Message message, View view)
      : View(std::move(view)), message_(std::move(message)) {}

 private:
  typename A::Message message_;
};

/// `message` as a View; it must be one.
template <class A, class View>
Received<A, View> as(typename A::Message message) {
  std::optional<View> found;
  message.visit([&]<class Seen>(const Seen& view) {
    if constexpr (std::is_same_v<Seen, View>) found.emplace(view);
  });
  TROUPE_CHECK(found, "a message was taken for another");
  return Received<A, View>(std::move(message), std::move(*found));
}

/// The part of a probe's mailbox that does not depend on the protocol. Thread: the probe's core.
class ProbeMail {
 public:
  explicit ProbeMail(io::SimControl* control) : control_(control), notice_(*this) {}

  /// Waits until `enough()`, or `deadline`; where the clock is moved by hand, until nothing happens
  /// any more. `self` keeps this alive.
  template <class Enough>
  static Task<void> wait(std::shared_ptr<ProbeMail> self, Enough enough, Deadline deadline) {
    self->idle_ = false;
    if (self->control_ != nullptr && self->control_->held() && self->notice_.kept == nullptr) {
      self->notice_.kept = self;
      self->control_->when_idle(CoreContext::current().index(), self->notice_);
    }
    const Status waited = co_await self->came_.wait(
        [&] { return enough() || self->idle_ || self->closed_; }, deadline);
    (void)waited;  // whoever waits looks for itself
  }

 protected:
  void notify() { came_.notify_all(); }
  void note_closed() {
    closed_ = true;
    came_.notify_all();
  }

 private:
  struct Notice final : Runnable {
    explicit Notice(ProbeMail& mail) : mail(mail) {}
    void run() override {
      const std::shared_ptr<ProbeMail> held = std::move(kept);
      mail.idle_ = true;
      mail.came_.notify_all();
    }
    ProbeMail& mail;
    std::shared_ptr<ProbeMail> kept;  // while it is to run
  };

  io::SimControl* const control_;
  Condition came_;
  Notice notice_;
  bool idle_ = false;
  bool closed_ = false;
};

/// The mailbox of a Probe<A>.
template <class A>
class ProbeBox final : public ProbeMail {
 public:
  using Message = typename A::Message;
  using Ignore = std::function<bool(const Message&)>;

  using ProbeMail::ProbeMail;

  void push(Message message) {
    const bool ignored =
        std::ranges::any_of(ignores, [&](const Ignore& each) { return each(message); });
    if (ignored) return;
    messages.push_back(std::move(message));
    notify();
  }
  Message take() {
    Message message = std::move(messages.front());
    messages.pop_front();
    return message;
  }
  /// Its actor has ended.
  void close() {
    messages.clear();
    self.reset();
    note_closed();
  }
  std::string queued() const { return listed(messages); }
  static std::string listed(const std::list<Message>& list) {
    if (list.empty()) return "nothing";
    std::string text = std::to_string(list.size()) + (list.size() == 1 ? " message" : " messages");
    std::size_t shown = 0;
    for (const Message& message : list) {
      if (shown++ == kShownMessagesMax) return text + "\n    …";
      text += "\n    " + describe<A>(message);
    }
    return text;
  }

  std::string name;
  std::list<Message> messages;
  std::vector<Ignore> ignores;
  std::optional<Self<A>> self;  // while its actor lives
  std::uint16_t core = 0;
};

/// The behaviour of a probe.
template <class A>
Behavior probe_behavior(Self<A> self, std::shared_ptr<ProbeBox<A>> box) {
  struct Open {
    explicit Open(std::shared_ptr<ProbeBox<A>> opened) : box(std::move(opened)) {}
    ~Open() { box->close(); }
    std::shared_ptr<ProbeBox<A>> box;
  };
  const Open open(box);
  box->self = self;
  for (;;) {
    auto message = co_await self.receive();
    if (static_cast<std::uint16_t>(message.kind()) == kKindStop) co_return;
    box->push(std::move(message));
  }
}

}  // namespace troupe::testing

namespace troupe {

// A probe takes one message after the other, whatever the contract allows.
template <class A>
inline constexpr bool
    kCanBeReentered<Behavior (*)(Self<A>, std::shared_ptr<testing::ProbeBox<A>>)> = true;

}  // namespace troupe

namespace troupe::testing {

/// What a test expects of an actor's messages. A handle: copies share the mailbox. All waits are
/// with a deadline, or for kPatience; where the clock is moved by hand they also end when nothing
/// happens any more. One that fails ends the test (ExpectationFailed). Thread: the
/// core that it was made on.
template <class A>
class Probe {
 public:
  using Message = typename A::Message;
  using Where = std::source_location;

  Probe(Ref<A> ref, std::shared_ptr<ProbeBox<A>> box)
      : ref_(std::move(ref)), box_(std::move(box)) {}

  /// What the code under test is given.
  const Ref<A>& ref() const { return ref_; }
  /// Messages that came and were not yet expected.
  std::size_t queued() const { return box_->messages.size(); }

  /// `auto deposit = co_await probe.template expect<bank::Account::Deposit>();`: the next message,
  /// which must be one of these, and one that `matches` accepts if that is given.
  template <class View>
  Task<Received<A, View>> expect(Deadline deadline = within(kPatience),
                                 Where where = Where::current()) const {
    return next<View>(box_, {}, deadline, where);
  }
  template <class View>
  Task<Received<A, View>> expect(Deadline deadline, std::function<bool(const View&)> matches,
                                 Where where = Where::current()) const {
    return next<View>(box_, std::move(matches), deadline, where);
  }

  /// The first message that is one of these and that `matches` accepts; those before it are
  /// dropped (an ask is answered no_reply).
  template <class View>
  Task<Received<A, View>> fish(Deadline deadline = within(kPatience),
                               std::function<bool(const View&)> matches = {},
                               Where where = Where::current()) const {
    return fish_for<View>(box_, std::move(matches), deadline, where);
  }

  /// The next message, whatever it is.
  Task<Message> receive_one(Deadline deadline = within(kPatience),
                            Where where = Where::current()) const {
    return next_of_any(box_, "a message", deadline, where);
  }
  /// The next `count` messages, whatever they are.
  Task<std::vector<Message>> receive_n(std::size_t count, Deadline deadline = within(kPatience),
                                       Where where = Where::current()) const {
    return next_n(box_, count, deadline, where);
  }

  /// Nothing is queued, and nothing comes for `duration`.
  Task<void> expect_no_message(Duration duration = std::chrono::milliseconds(100),
                               Where where = Where::current()) const {
    return no_message(box_, within(duration), where);
  }

  /// From now on messages that `which` accepts are dropped as they come, for all expectations.
  void ignore(std::function<bool(const Message&)> which) const {
    std::erase_if(box_->messages, which);
    box_->ignores.push_back(std::move(which));
  }
  template <class View>
  void ignore() const {
    ignore([](const Message& message) { return is<View>(message); });
  }
  void ignore_nothing() const { box_->ignores.clear(); }

  /// The probe's actor watches `other`: its end is a message, `expect<Down>()`.
  template <class B>
  void watch(const Ref<B>& other) const {
    TROUPE_CHECK(box_->self, "this probe has not started yet, or has ended");
    box_->self->watch(other);
  }

 private:
  using Box = std::shared_ptr<ProbeBox<A>>;

  static std::string intro(const Box& box, const std::string& what, Time started, Deadline until) {
    return "probe " + box->name + " awaited " + what + " for up to " +
           describe_duration(until.left(started)) + "\n  ";
  }
  static std::string after(Time started) {
    return " after " + describe_duration(CoreContext::current().now() - started);
  }
  static std::string rest(const Box& box) { return "\n  queued: " + box->queued(); }

  static Task<Message> next_of_any(Box box, std::string what, Deadline deadline, Where where) {
    TROUPE_CHECK(CoreContext::current().index() == box->core,
                 "a probe is used on the core that it was made on");
    const Time started = CoreContext::current().now();
    ProbeBox<A>* const mail = box.get();
    co_await ProbeMail::wait(box, [mail] { return !mail->messages.empty(); }, deadline);
    if (box->messages.empty()) {
      fail_expectation(where, intro(box, what, started, deadline) + "nothing came; gave up" +
                                  after(started) + rest(box));
    }
    co_return box->take();
  }

  template <class View>
  static Task<Received<A, View>> next(Box box, std::function<bool(const View&)> matches,
                                      Deadline deadline, Where where) {
    const Time started = CoreContext::current().now();
    const std::string wanted = type_name<View>();
    Message message = co_await next_of_any(box, wanted, deadline, where);
    if (!is<View>(message)) {
      fail_expectation(where, intro(box, wanted, started, deadline) + describe<A>(message) +
                                  " came" + after(started) + rest(box));
    }
    const std::string text = describe<A>(message);
    auto received = as<A, View>(std::move(message));
    if (matches && !matches(received)) {
      fail_expectation(where, intro(box, wanted + " that matches", started, deadline) + text +
                                  " came" + after(started) + rest(box));
    }
    co_return received;
  }

  template <class View>
  static Task<Received<A, View>> fish_for(Box box, std::function<bool(const View&)> matches,
                                          Deadline deadline, Where where) {
    const Time started = CoreContext::current().now();
    std::list<Message> skipped;
    for (;;) {
      ProbeBox<A>* const mail = box.get();
      co_await ProbeMail::wait(box, [mail] { return !mail->messages.empty(); }, deadline);
      if (box->messages.empty()) {
        fail_expectation(where, intro(box, "(fishing) " + type_name<View>(), started, deadline) +
                                    "gave up" + after(started) +
                                    "; what came instead: " + ProbeBox<A>::listed(skipped));
      }
      Message message = box->take();
      if (!is<View>(message)) {
        skipped.push_back(std::move(message));
        continue;
      }
      auto received = as<A, View>(std::move(message));
      if (!matches || matches(received)) co_return received;
    }
  }

  static Task<std::vector<Message>> next_n(Box box, std::size_t count, Deadline deadline,
                                           Where where) {
    const Time started = CoreContext::current().now();
    ProbeBox<A>* const mail = box.get();
    co_await ProbeMail::wait(
        box, [mail, count] { return mail->messages.size() >= count; }, deadline);
    if (box->messages.size() < count) {
      const std::string wanted = std::to_string(count) + " messages";
      fail_expectation(where, intro(box, wanted, started, deadline) + "only " +
                                  std::to_string(box->messages.size()) + " came; gave up" +
                                  after(started) + rest(box));
    }
    std::vector<Message> messages;
    messages.reserve(count);
    while (messages.size() < count) messages.push_back(box->take());
    co_return messages;
  }

  static Task<void> no_message(Box box, Deadline deadline, Where where) {
    const Time started = CoreContext::current().now();
    ProbeBox<A>* const mail = box.get();
    co_await ProbeMail::wait(box, [mail] { return !mail->messages.empty(); }, deadline);
    if (box->messages.empty()) co_return;
    fail_expectation(where, intro(box, "no message", started, deadline) +
                                describe<A>(box->messages.front()) + " came" + after(started) +
                                rest(box));
  }

  Ref<A> ref_;
  Box box_;
};

}  // namespace troupe::testing

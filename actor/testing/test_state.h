// TestState: what the parts of one test's kit share; users see TestKit and Probe.
#pragma once

#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include "actor/interceptor.h"
#include "actor/testing/faults.h"
#include "base/condition.h"
#include "base/core_context.h"
#include "base/result.h"
#include "base/strand.h"
#include "base/time.h"
#include "io/sim/sim_control.h"
#include "io/timer.h"

namespace troupe::testing {

/// A dead letter, and the core that dropped it.
struct DroppedMessage {
  DeadLetter letter;
  std::uint16_t core;

  /// "mailbox_full: bank.Account.deposit to core 1, dropped on core 0 after 20 ms".
  std::string text() const;
};

/// Thread: the simulation's; core 0's while the test runs.
class TestState final : public Interceptor {
 public:
  TestState(std::uint64_t seed, bool check_messages)
      : faults(control, seed), check_messages_(check_messages), notice_(*this) {}

  io::SimControl control;
  Faults faults;
  std::vector<DroppedMessage> dead_letters;
  /// Notified on core 0.
  Condition dead_letter_came;

  protocols::Frame* arriving(Core& core, protocols::Frame* frame) override;
  bool spawning(Core& core, const ActorType& type, const Cell* parent) override;
  void dropped(Core& core, const DeadLetter& letter) override;
  void ending(Core& core) override { faults.drop_delayed(core); }

 private:
  struct Notice final : Runnable {
    explicit Notice(TestState& state) : state(state) {}
    void run() override {
      under_way = false;
      state.dead_letter_came.notify_all();
    }
    TestState& state;
    bool under_way = false;
  };

  const bool check_messages_;
  Notice notice_;
};

/// The wait until nothing happens any more; see UntilIdle.
class IdleWait final : public Operation, private io::Timer {
 public:
  IdleWait(io::SimControl& control, Time at_latest)
      : control_(control), at_latest_(at_latest), notice_(*this) {}

  bool await_ready() const { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    begin(handle, handle.promise().context());
    control_.when_idle(CoreContext::current().index(), notice_);
    CoreContext::current().arm_timer(*this, at_latest_);
  }
  Status await_resume() const { return ok(); }

  void cancel(Code) override {
    if (control_.forget(notice_)) finish();
  }
  const char* name() const override { return "idle"; }

 private:
  void fire() override {
    if (control_.forget(notice_)) complete();
  }
  void finish() {
    if (armed()) CoreContext::current().disarm_timer(*this);
    complete();
  }
  struct Notice final : Runnable {
    explicit Notice(IdleWait& wait) : wait(wait) {}
    void run() override { wait.finish(); }
    IdleWait& wait;
  };

  io::SimControl& control_;
  const Time at_latest_;
  Notice notice_;
};

/// `co_await UntilIdle(control, at_latest)`: until nothing happens any more without the clock going
/// on (SimControl::when_idle()), or that moment comes. Movable, for first_of.
class [[nodiscard]] UntilIdle {
 public:
  UntilIdle(io::SimControl& control, Time at_latest) : control_(&control), at_latest_(at_latest) {}
  IdleWait operator co_await() const { return IdleWait(*control_, at_latest_); }

 private:
  io::SimControl* control_;
  Time at_latest_;
};

}  // namespace troupe::testing

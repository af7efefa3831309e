#include "actor/testing/test_kit.h"

#include <algorithm>
#include <variant>

#include "actor/leak_report.h"
#include "actor/testing/describe.h"
#include "base/combine.h"

namespace troupe::testing {

namespace {

// Actors and asks that a failure at the end names, of each core.
constexpr std::size_t kNamedMax = 16;
// With a clock that jumps, settle() gives up on actors that are never idle.
constexpr Duration kSettleMax = std::chrono::milliseconds(100);

SystemOptions system_options(const TestOptions& options, TestState& state) {
  SystemOptions system = options.system;
  TROUPE_CHECK(system.node.interceptor == nullptr && system.simulation.control == nullptr,
               "a TestSystem has an interceptor and a SimControl of its own");
  system.backend = BackendKind::kSimulation;
  system.cores = options.cores;
  system.signals = Signals::kLeaveAlone;
  system.node.interceptor = &state;
  system.simulation.seed = options.seed;
  system.simulation.control = &state.control;
  if (options.clock == Clock::kJumps) return system;
  state.control.hold(io::SimEngine::kStart);
  system.simulation.publish_delay_one_in = 0;
  system.simulation.wake_delay_max = Duration(0);
  system.simulation.blocking_delay_min = system.simulation.blocking_delay_max = Duration(0);
  system.simulation.disk.latency_min = system.simulation.disk.latency_max = Duration(0);
  system.simulation.network.delay_min = system.simulation.network.delay_max = Duration(0);
  system.simulation.network.completion_delay_max = Duration(0);
  system.simulation.network.cancel_delay_max = Duration(0);
  return system;
}

bool waits_for_a_message(const Cell& cell) {
  const ActorReport report = cell.report();
  const auto lines = report.stack.lines();
  return report.queued == 0 && !lines.empty() && lines[0].what != nullptr &&
         std::string_view(lines[0].what) == "receive";
}

/// Whether the test should have seen to its end.
bool is_left_over(const Cell& cell) {
  const Cell* root = &cell;
  while (root->parent() != nullptr) root = root->parent();
  switch (root->guardian()) {
    case Guardian::kUser:
      return true;
    case Guardian::kSystem:
      return false;
    case Guardian::kKeyed:
      return !waits_for_a_message(cell);
  }
  return true;
}

}  // namespace

TestSystem::TestSystem(TestOptions options, std::source_location where)
    : options_(std::move(options)),
      where_(where),
      state_(options_.seed, options_.check_messages),
      system_(system_options(options_, state_)) {}

TestSystem::~TestSystem() {
  if (!ran_) add_failure(where_, "a TestSystem was made and nothing was run in it");
}

Task<bool> TestSystem::guarded(Task<void> test, std::source_location where) {
  try {
    co_await std::move(test);
    co_return true;
  } catch (const ExpectationFailed&) {
    // Reported where it failed.
  } catch (const std::exception& exception) {
    add_failure(where, std::string("an exception left the test: ") + exception.what());
  }
  co_return false;
}

Task<void> TestSystem::end(bool went_well) {
  ended_ = true;
  if (went_well) {
    const Time at_latest = saturating_add(Core::current().now(), kSettleMax);
    const Status idle = co_await UntilIdle(state_.control, at_latest);
    (void)idle;
    check_left_over();
    check_dead_letters();
  }
  state_.control.hold(Time::max());
}

void TestSystem::check_left_over() {
  if (options_.live_actors == LiveActors::kStop) return;
  Node& node = Core::current().node();
  for (unsigned index = 0; index < node.cores(); ++index) {
    // One thread runs all cores, and none of the others is in its turn.
    auto& core = static_cast<Core&>(node.mesh().reactor(index));
    const CoreContext::Bind bind(core);
    const std::string left = leak_report(core, kNamedMax, is_left_over);
    if (!left.empty()) add_failure(where_, "left over at the end of the test; " + left);
  }
}

void TestSystem::check_dead_letters() {
  if (options_.allow_dead_letters || state_.dead_letters.empty()) return;
  TestKit(*this).expect_no_dead_letters(where_);
}

void TestSystem::run_checked(const Status& status) {
  ran_ = true;
  if (!status) {
    add_failure(where_, (ended_ ? "the system did not end well: " : "the test did not end: ") +
                            status.error().describe());
  }
  const Ledger ledger = system_.ledger();
  if (ended_ && status && ledger.sent != ledger.handled + ledger.dropped_total()) {
    add_failure(where_, "messages were lost unseen: " + std::to_string(ledger.sent) + " sent, " +
                            std::to_string(ledger.handled) + " handled, " +
                            std::to_string(ledger.dropped_total()) + " dropped");
  }
}

// ---- TestKit ----

std::string TestKit::slot_name(Address address) { return "$" + std::to_string(address.slot); }

Task<void> TestKit::wait_idle(TestSystem* system) {
  const Time at_latest = saturating_add(Core::current().now(), kSettleMax);
  const Status idle = co_await UntilIdle(system->state_.control, at_latest);
  (void)idle;
}

Task<void> TestKit::advance_clock(TestSystem* system, Duration duration) {
  io::SimControl& control = system->state_.control;
  const Time now = Core::current().now();
  const Time until =
      saturating_add(control.held() ? std::max(control.limit(), now) : now, duration);
  if (control.held()) control.hold(until);
  const Status slept = co_await sleep_until(until);
  (void)slept;
  co_await wait_idle(system);
}

Task<void> TestKit::timed(Duration least, Duration most, Task<void> task, Where where) {
  const Time started = Core::current().now();
  co_await std::move(task);
  const Duration took = Core::current().now() - started;
  if (took >= least && took <= most) co_return;
  fail_expectation(where, "it took " + describe_duration(took) + " of virtual time; expected " +
                              describe_duration(least) + " to " + describe_duration(most));
}

// Where the clock is held the deadline never comes: then patience ends when nothing happens.
Task<void> TestKit::patience(TestSystem* system, Deadline deadline) {
  if (system->state_.control.held()) {
    const Status idle = co_await UntilIdle(system->state_.control, Time::max());
    (void)idle;
  } else {
    const Status slept = co_await sleep_until(deadline.at());
    (void)slept;
  }
}

Task<Down> TestKit::await_end(UntilEnded end, Named who, Deadline deadline,
                              std::optional<DownReason> reason, TestSystem* system, Where where) {
  const Time started = Core::current().now();
  auto ended = co_await first_of(end, patience(system, deadline));
  const Result<Down>* down = std::get_if<0>(&ended);
  if (down == nullptr || !*down) {
    std::string text = std::string(who.type) + " has not ended after " +
                       describe_duration(Core::current().now() - started);
    if (down != nullptr) text += ": " + down->error().describe();
    if (const auto report = actor_report(who.address)) text += "\n" + report->text();
    fail_expectation(where, text);
  }
  if (reason && (*down)->reason() != *reason) {
    fail_expectation(where, std::string(who.type) + " has ended for another reason than " +
                                to_string(*reason) + ": " + to_string((*down)->reason()) +
                                ((*down)->what().empty() ? "" : ", " + (*down)->what()));
  }
  co_return **down;
}

Task<DeadLetter> TestKit::await_letter(TestSystem* system, DropReason reason,
                                       std::uint32_t protocol, Deadline deadline, Where where) {
  TROUPE_CHECK(Core::current().index() == 0, "dead letters are expected on core 0");
  TestState* const state = &system->state_;
  const auto find = [state, reason, protocol] {
    return std::ranges::find_if(state->dead_letters, [&](const DroppedMessage& each) {
      return each.letter.reason == reason && (protocol == 0 || each.letter.protocol == protocol);
    });
  };
  const Time started = Core::current().now();
  if (find() == state->dead_letters.end()) {
    auto came = co_await first_of(
        state->dead_letter_came.wait([&] { return find() != state->dead_letters.end(); }),
        patience(system, deadline));
    (void)came;
  }
  const auto found = find();
  if (found == state->dead_letters.end()) {
    std::string text = std::string("no dead letter for ") + to_string(reason) + " came in " +
                       describe_duration(Core::current().now() - started) + "; those that came:";
    for (const DroppedMessage& each : state->dead_letters) text += "\n  " + each.text();
    if (state->dead_letters.empty()) text += " none";
    fail_expectation(where, text);
  }
  const DeadLetter letter = found->letter;
  state->dead_letters.erase(found);
  co_return letter;
}

void TestKit::expect_no_dead_letters(Where where) const {
  const std::vector<DroppedMessage>& letters = system_->state_.dead_letters;
  if (letters.empty()) return;
  std::string text = std::to_string(letters.size()) + " unexpected dead letters:";
  for (std::size_t i = 0; i < std::min(letters.size(), kNamedMax); ++i) {
    text += "\n  " + letters[i].text();
  }
  add_failure(where, text);
}

}  // namespace troupe::testing

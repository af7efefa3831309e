#include "tests/trees/trees.h"

#include <chrono>
#include <utility>

#include "actor/testing/runs.h"
#include "base/random.h"
#include "tests/trees/record.h"

namespace trees {

using troupe::Duration;
using troupe::Ref;
using troupe::Root;
using troupe::Status;
using troupe::System;
using troupe::Task;
using troupe::within;
using namespace std::chrono_literals;

namespace {

/// What the driver does is spread over time, so that failures meet restarts.
constexpr Duration kPauseMax = 30us;

Task<int> plant(Record* record, std::uint32_t style) {
  const auto number = static_cast<std::uint32_t>(record->members.size());
  record->members.emplace_back();
  troupe::SpawnOptions options = options_of(style);
  // Its siblings are all that the guardian has on this core, the observer too.
  if (options.supervision) options.supervision->siblings = troupe::Siblings::kOneForOne;
  record->members[number] = Root().spawn<Member>(options, member, record, number);
  co_return 0;
}

Task<> take_step(Root root, Record* record, Step step) {
  if (record->members.empty() || step.kind % 12 == 0) {
    auto planted = co_await root.on_core(step.other % root.cores(), plant, record, step.detail);
    (void)planted;
    co_return;
  }
  const auto other = static_cast<std::uint32_t>(step.other % record->members.size());
  const Ref<Member> member = record->members[step.member % record->members.size()];
  const Ref<Member> target = record->members[other];
  switch (step.kind % 12) {
    case 1:
    case 2: {
      auto grown = co_await member.ask(within(50us)).grow(step.detail);
      (void)grown;  // it may be busy, or gone
      break;
    }
    case 3:
      member.tell().send(target, other, step.detail % 24);
      break;
    case 4:
      member.tell().fail();
      break;
    case 5:
      member.tell().fail_oddly();
      break;
    case 6:
      member.tell().end();
      break;
    case 7:
      member.tell().observe(target);
      break;
    case 8:
      member.tell().link(target);
      break;
    case 9:
      member.tell().rest(step.detail % 200'000);
      break;
    case 10: {
      auto broken = co_await member.ask(within(50us)).break_();
      (void)broken;
      break;
    }
    default:
      if (step.detail % 3 == 0) {
        member.kill();
      } else if (step.detail % 3 == 1) {
        member.stop();
      } else {
        member.stop_after_queued();
      }
  }
}

Task<Status> drive(Root root, Record* record, std::vector<Step> steps) {
  const CountedFrame counted(record);
  auto observing = root.spawn<Observer>(observer, record);
  for (const Step step : steps) {
    co_await take_step(root, record, step);
    const auto pause = static_cast<std::int64_t>(step.detail % kPauseMax.count());
    if (step.detail % 4 != 0) continue;
    auto slept = co_await troupe::sleep_for(Duration(pause));
    if (!slept) co_return slept;
  }
  // A member may still handle a question that nobody waits for any more, and grow.
  std::size_t known = 0;
  while (known < record->members.size()) {
    for (; known < record->members.size(); ++known) {
      observing.tell().watch(record->members[known]);
      record->members[known].stop();
    }
    auto ended = co_await observing.ask(within(1s)).all_ended(known);
    if (ended) continue;
    record->violate("not all have ended: " + ended.error().describe());
    for (const troupe::ActorReport& left : troupe::actor_reports(5)) record->violate(left.text());
    break;
  }
  co_return troupe::ok();
}

troupe::SystemOptions options(std::uint64_t seed, unsigned cores) {
  troupe::SystemOptions options =
      troupe::testing::options_for({troupe::BackendKind::kSimulation, cores, seed});
  options.node.on_escalation = troupe::OnEscalation::kStopActor;
  return options;
}

}  // namespace

Summary run_trees(const std::vector<Step>& steps, std::uint64_t seed, unsigned cores) {
  Record record;
  System system(options(seed, cores));
  const Status status = system.run(drive, &record, steps);
  if (!status) record.violate(status.error().describe());
  const troupe::Ledger ledger = system.ledger();
  if (ledger.sent != ledger.handled + ledger.dropped_total()) {
    record.violate("sent " + std::to_string(ledger.sent) + ", handled " +
                   std::to_string(ledger.handled) + ", dropped " +
                   std::to_string(ledger.dropped_total()));
  }
  for (const troupe::CoreReport& report : system.reports()) {
    if (report.actors_left != 0) record.violate("an actor is left");
  }
  if (record.frames != 0) record.violate(std::to_string(record.frames) + " frames are left");
  return Summary{.members = record.members.size(),
                 .behaviors = record.behaviors,
                 .handled = ledger.handled,
                 .dropped = ledger.dropped_total(),
                 .watches_told = record.downs,
                 .fingerprint = system.fingerprint(),
                 .violations = std::move(record.violations)};
}

std::vector<Step> random_steps(std::uint64_t seed, std::size_t count) {
  troupe::Random random(seed);
  std::vector<Step> steps(count);
  for (Step& step : steps) {
    step.kind = static_cast<std::uint8_t>(random.below(12));
    step.member = static_cast<std::uint32_t>(random.next());
    step.other = static_cast<std::uint32_t>(random.next());
    step.detail = static_cast<std::uint32_t>(random.next());
  }
  return steps;
}

}  // namespace trees

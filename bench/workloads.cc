#include "bench/workloads.h"

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/actors.h"

namespace bench {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

Task<Ref<Sink>> spawn_sink() { co_return Root().spawn<Sink>(sink, std::uint64_t{1000}); }

// The floor's workload: 4000 ahead, 1000 more at each acknowledgement.
Task<Status> windowed_tells(Root root, unsigned core, std::uint64_t messages, double* nanoseconds) {
  auto to = co_await root.on_core(core, spawn_sink);
  auto from = root.spawn<Source>(source);
  const auto start = Clock::now();
  auto done = co_await from.ask(within(1h)).run(to, messages, 4000, 1000);
  *nanoseconds = since(start);
  if (!done) co_return done.error();
  co_return ok();
}

Task<Status> asks(Root root, unsigned core, std::uint64_t times, double* nanoseconds) {
  auto to = co_await root.on_core(core, spawn_sink);
  const auto start = Clock::now();
  for (std::uint64_t i = 0; i < times; ++i) {
    auto total = co_await to.ask(within(5s)).total();
    if (!total) co_return total.error();
  }
  *nanoseconds = since(start);
  co_return ok();
}

Task<Status> ring(Root root, std::uint64_t size, std::uint64_t hops, double* nanoseconds) {
  std::vector<Ref<Node>> nodes;
  for (std::uint64_t i = 0; i < size; ++i) nodes.push_back(root.spawn<Node>(node));
  for (std::uint64_t i = 0; i < size; ++i) nodes[i].tell().link(nodes[(i + 1) % size]);
  const auto start = Clock::now();
  auto done = co_await nodes[0].ask(within(1h)).run(hops);
  *nanoseconds = since(start);
  if (!done) co_return done.error();
  co_return ok();
}

constexpr std::uint64_t kSubscribers = 100;
std::vector<Ref<Sink>> spawn_subscribers(Root root) {
  std::vector<Ref<Sink>> subscribers;
  for (std::uint64_t i = 0; i < kSubscribers; ++i) {
    subscribers.push_back(root.spawn<Sink>(sink, ~std::uint64_t{0}));
  }
  return subscribers;
}

}  // namespace

Task<Status> tell_same(Root root, std::uint64_t messages, double* nanoseconds) {
  return windowed_tells(root, 0, messages, nanoseconds);
}

Task<Status> tell_cross(Root root, std::uint64_t messages, double* nanoseconds) {
  return windowed_tells(root, 1, messages, nanoseconds);
}

Task<Status> ask_same(Root root, std::uint64_t times, double* nanoseconds) {
  return asks(root, 0, times, nanoseconds);
}

Task<Status> ask_cross(Root root, std::uint64_t times, double* nanoseconds) {
  return asks(root, 1, times, nanoseconds);
}

Task<Status> ring_of_100(Root root, std::uint64_t hops, double* nanoseconds) {
  return ring(root, 100, hops, nanoseconds);
}

Task<Status> ping_pong(Root root, std::uint64_t round_trips, double* nanoseconds) {
  return ring(root, 2, round_trips * 2, nanoseconds);
}

Task<Status> lives(Root root, std::uint64_t actors, double* nanoseconds) {
  constexpr std::uint64_t kBatch = 1000;
  const auto start = Clock::now();
  for (std::uint64_t made = 0; made < actors; made += kBatch) {
    for (std::uint64_t i = 0; i < kBatch; ++i) root.spawn<Sink>(one_message).tell().add(1);
    while (Core::current().cells.live() != 0) {
      auto yielded = co_await yield();
      if (!yielded) co_return yielded;
    }
  }
  *nanoseconds = since(start);
  co_return ok();
}

Task<Status> fan_out(Root root, std::uint64_t deliveries, double* nanoseconds) {
  const std::vector<Ref<Sink>> subscribers = spawn_subscribers(root);
  const auto start = Clock::now();
  for (std::uint64_t sent = 0; sent < deliveries; sent += kSubscribers) {
    for (const Ref<Sink>& subscriber : subscribers) subscriber.tell().add(1);
    auto yielded = co_await yield();
    if (!yielded) co_return yielded;
  }
  auto last = co_await subscribers.back().ask(within(1h)).total();
  *nanoseconds = since(start);
  if (!last) co_return last.error();
  co_return ok();
}

Task<Status> topic_publish(Root root, std::uint64_t deliveries, double* nanoseconds) {
  const Topic<Sink> topic("sinks");
  const std::vector<Ref<Sink>> subscribers = spawn_subscribers(root);
  for (const Ref<Sink>& subscriber : subscribers) {
    const Status subscribed = topic.subscribe(subscriber);
    if (!subscribed) co_return subscribed;
  }
  const auto start = Clock::now();
  for (std::uint64_t sent = 0; sent < deliveries; sent += kSubscribers) {
    topic.publish().add(1);
    auto yielded = co_await yield();
    if (!yielded) co_return yielded;
  }
  auto last = co_await subscribers.back().ask(within(1h)).total();
  *nanoseconds = since(start);
  if (!last) co_return last.error();
  co_return ok();
}

Task<Status> lookups(Root, std::uint64_t times, double* nanoseconds) {
  constexpr std::uint64_t kNames = 100'000;
  struct Name {
    char text[17];
    std::string_view view() const { return {text, 16}; }
  };
  std::vector<Name> names(kNames);
  for (std::uint64_t i = 0; i < kNames; ++i) {
    std::snprintf(names[i].text, sizeof names[i].text, "actor-%010llu",
                  static_cast<unsigned long long>(i));
    Ref<Counter>(names[i].view()).tell().add(1);
    if (i % 1000 != 999) continue;
    auto yielded = co_await yield();
    if (!yielded) co_return yielded;
  }
  auto last = co_await Ref<Counter>(names.back().view()).ask(within(1h)).total();
  if (!last) co_return last.error();
  Core& core = Core::current();
  for (std::uint64_t i = kNames - 1; i > 0; --i) {
    std::swap(names[i], names[core.random.below(i + 1)]);
  }
  std::uint64_t found = 0;
  const auto start = Clock::now();
  for (std::uint64_t i = 0; i < times; ++i) {
    found += core.keyed.find(Counter::kId, names[i % kNames].view()) != nullptr ? 1 : 0;
  }
  *nanoseconds = since(start);
  if (found != times) co_return Error(Code::kFailed, times - found, "names were not found");
  co_return ok();
}

namespace {

Task<Status> lookups_among(std::uint64_t count, std::uint64_t times, double* nanoseconds) {
  std::vector<std::string> names;
  Ref<Sink> holder;
  for (std::uint64_t i = 0; i < count; ++i) {
    // No actor has all names.
    if (i % 1000 == 0) holder = Root().spawn<Sink>(one_message);
    char name[32];
    std::snprintf(name, sizeof name, "actor-%010llu", static_cast<unsigned long long>(i));
    names.emplace_back(name);
    auto added = co_await registry_add(names.back(), holder, within(1h));
    if (!added) co_return added;
  }
  Core& core = Core::current();
  for (std::uint64_t i = count - 1; i > 0; --i)
    std::swap(names[i], names[core.random.below(i + 1)]);
  std::uint64_t found = 0;
  const auto start = Clock::now();
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < times; ++i) {
    found += lookup<Sink>(names[at]) == Ref<Sink>() ? 0 : 1;
    if (++at == count) at = 0;
  }
  *nanoseconds = since(start);
  if (found != times) co_return Error(Code::kFailed, times - found, "names were not found");
  co_return ok();
}

}  // namespace

Task<Status> registry_lookups(Root, std::uint64_t times, double* nanoseconds) {
  return lookups_among(1'000, times, nanoseconds);
}

Task<Status> registry_lookups_50k(Root, std::uint64_t times, double* nanoseconds) {
  return lookups_among(50'000, times, nanoseconds);
}

Task<Status> registry_changes(Root root, std::uint64_t times, double* nanoseconds) {
  auto holder = root.spawn<Sink>(one_message);
  const auto start = Clock::now();
  for (std::uint64_t i = 0; i < times; ++i) {
    auto added = co_await registry_add("orders", holder, within(1h));
    if (!added) co_return added;
    auto removed = co_await registry_remove("orders", holder, within(1h));
    if (!removed) co_return removed;
  }
  *nanoseconds = since(start);
  co_return ok();
}

}  // namespace bench

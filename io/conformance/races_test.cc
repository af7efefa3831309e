// What every backend does alike when a cancellation races with what it cancels: nothing is lost.

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "io/conformance/testing_sockets.h"
#include "io/sleep.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class Races : public OnEveryGround {};

INSTANTIATE_TEST_SUITE_P(Backends, Races, testing::ValuesIn(kGrounds), ground_name);

/// Whatever a receive was given, in order. Keeps old buffers, which nobody may write to any more.
class Collector {
 public:
  void add(std::vector<std::byte> buffer, std::size_t bytes) {
    all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(bytes));
    retire(std::move(buffer));
  }
  void retire(std::vector<std::byte> buffer) {
    std::ranges::fill(buffer, kPoison);
    retired_.push_back(std::move(buffer));
    if (retired_.size() <= kRetiredMax) return;
    EXPECT_TRUE(std::ranges::all_of(retired_.front(), [](std::byte b) { return b == kPoison; }))
        << "written to after its operation had ended";
    retired_.pop_front();
  }

  std::vector<std::byte> all;
  std::size_t cancelled = 0;
  std::size_t received = 0;

 private:
  static constexpr std::byte kPoison = std::byte{0xEE};
  static constexpr std::size_t kRetiredMax = 32;
  std::deque<std::vector<std::byte>> retired_;
};

Task<void> collect(Stream* stream, Collector* collector, Deadline deadline) {
  std::vector<std::byte> buffer(64);
  const Result<std::size_t> result = co_await stream->receive(buffer, deadline);
  if (result) {
    ++collector->received;
    collector->add(std::move(buffer), *result);
  } else {
    ++collector->cancelled;
    EXPECT_TRUE(code_of(result) == Code::kCancelled || code_of(result) == Code::kDeadlineExceeded)
        << result.error().describe();
    collector->retire(std::move(buffer));
  }
}

Task<void> send_after(Stream* stream, std::vector<std::byte> bytes, std::uint64_t count) {
  co_await yields(count);
  const Status sent = co_await stream->send(bytes);
  EXPECT_TRUE(sent.ok());
}

/// The wait of a random kind that a receive is to race with.
Task<void> collect_for_a_while(Stream* stream, Collector* collector, Random* random) {
  Deadline deadline = kContextDeadline;
  if (random->one_in(3)) {
    deadline = within(Duration(static_cast<std::int64_t>(random->below(30'000))));
  }
  const std::uint64_t wait = random->below(6);
  auto first = co_await troupe::first_of(collect(stream, collector, deadline), yields(wait));
  EXPECT_LE(first.index(), 1u);
}

TEST_P(Races, NothingIsLostWhenACancellationRacesWithBytes) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    run([seed](Strand&) -> Task<void> {
      Random random(seed);
      Pair pair = co_await connected();
      Collector collector;
      std::vector<std::byte> sent;
      for (int i = 0; i < 500; ++i) {
        const std::vector<std::byte> part = pattern(1 + random.below(50), seed + sent.size());
        sent.insert(sent.end(), part.begin(), part.end());
        auto both = co_await troupe::all_of(send_after(&pair.far, part, random.below(6)),
                                            collect_for_a_while(&pair.near, &collector, &random));
        (void)both;
      }
      while (collector.all.size() < sent.size()) {
        co_await collect(&pair.near, &collector, within(10s));
      }
      EXPECT_TRUE(collector.all == sent) << "seed " << seed;
      EXPECT_GT(collector.received, 0u);
      EXPECT_GT(collector.cancelled, 0u);
    });
  }
}

Task<void> accept_for_a_while(Listener* listener, std::vector<Stream>* accepted,
                              std::uint64_t wait) {
  auto first = co_await troupe::first_of(accept_into(listener, accepted), yields(wait));
  EXPECT_LE(first.index(), 1u);
}

Task<void> connect_after(Address address, std::vector<Stream>* streams, std::uint64_t wait) {
  co_await yields(wait);
  Result<Stream> stream = co_await Stream::connect(address);
  EXPECT_TRUE(stream.ok());
  if (stream) streams->push_back(std::move(*stream));
}

TEST_P(Races, NoConnectionIsLostWhenACancellationRacesWithIt) {
  run([](Strand&) -> Task<void> {
    Random random(7);
    for (int round = 0; round < 20; ++round) {
      Listener listener = listen_somewhere();
      std::vector<Stream> accepted;
      std::vector<Stream> made;
      const Address address = listener.local_address().value();
      for (int i = 0; i < 50; ++i) {
        auto both =
            co_await troupe::all_of(connect_after(address, &made, random.below(4)),
                                    accept_for_a_while(&listener, &accepted, random.below(8)));
        (void)both;
      }
      while (accepted.size() < made.size()) co_await accept_into(&listener, &accepted);
      EXPECT_EQ(accepted.size(), 50u);
    }
  });
}

TEST_P(Races, ManyAreCancelledAtOnce) {
  run([](Strand&) -> Task<void> {
    Listener listener = listen_somewhere();
    std::vector<Pair> pairs;
    for (int i = 0; i < 100; ++i) {
      Pair pair = co_await connect_to(&listener);
      pairs.push_back(std::move(pair));
    }
    for (int round = 0; round < 10; ++round) {
      std::vector<Task<Result<std::size_t>>> receives;
      for (Pair& pair : pairs) receives.push_back(receive_some(&pair.near));
      auto first = co_await troupe::first_of(troupe::all_of(std::move(receives)), sleep_for(1ms));
      EXPECT_EQ(first.index(), 1u);
    }
    EXPECT_FALSE(Reactor::current().backend().has_requests());
  });
}

}  // namespace
}  // namespace troupe::io

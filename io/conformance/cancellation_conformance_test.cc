// What every backend does alike when an operation ends early: deadlines, cancellation, closing, and
// frames that are destroyed while they wait.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "io/conformance/testing_sockets.h"
#include "io/sleep.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class CancellationConformance : public testing::TestWithParam<Ground> {
 protected:
  template <class Body>
  void run(Body body) {
    run_on(GetParam(), std::move(body));
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, CancellationConformance, testing::ValuesIn(kGrounds),
                         ground_name);

template <class T>
Code code_of(const Result<T>& result) {
  return result.ok() ? Code::kMalformed : result.error().code();
}

TEST_P(CancellationConformance, DeadlinesEndReceiveAndAccept) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    std::vector<std::byte> buffer(100);
    for (Duration wait : {Duration(-1ms), Duration(0), Duration(1ns), Duration(2ms)}) {
      const Deadline deadline = within(wait);
      const Result<std::size_t> received = co_await pair.near.receive(buffer, deadline);
      EXPECT_EQ(code_of(received), Code::kDeadlineExceeded);
      EXPECT_TRUE(deadline.reached(CoreContext::current().now()));
      TcpListener listener = listen_somewhere();
      const Result<TcpStream> accepted = co_await listener.accept(within(wait));
      EXPECT_EQ(code_of(accepted), Code::kDeadlineExceeded);
    }
    // The stream is as before.
    const Status sent = co_await pair.far.send(pattern(10, 1));
    EXPECT_TRUE(sent.ok());
    const Result<std::size_t> received = co_await pair.near.receive(buffer, within(10s));
    EXPECT_EQ(received.value(), 10u);
    EXPECT_EQ(Reactor::current().timers().armed(), 0u);
  });
}

TEST_P(CancellationConformance, ADeadlineEndsASendThatNobodyReceives) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const std::vector<std::byte> much(64u << 20);
    const Status sent = co_await pair.near.send(much, within(5ms));
    EXPECT_EQ(code_of(sent), Code::kDeadlineExceeded);
  });
}

TEST_P(CancellationConformance, ADeadlineEndsAConnect) {
  run([](Strand&) -> Task<void> {
    ListenOptions options;
    options.backlog = 0;
    const TcpListener listener = listen_somewhere(options);
    // Nobody accepts: once the backlog is full the kernel lets connections wait.
    std::vector<TcpStream> waiting;
    std::optional<Code> ended;
    for (int i = 0; i < 10 && !ended; ++i) {
      Result<TcpStream> connected =
          co_await TcpStream::connect(listener.local_address().value(), within(20ms));
      if (connected) {
        waiting.push_back(std::move(*connected));
      } else {
        ended = connected.error().code();
      }
    }
    EXPECT_EQ(ended, Code::kDeadlineExceeded);
  });
}

Task<Result<std::size_t>> receive_some(TcpStream* stream) {
  std::vector<std::byte> buffer(100);
  const Result<std::size_t> received = co_await stream->receive(buffer);
  co_return received;
}

TEST_P(CancellationConformance, TheStrandsReasonIsGiven) {
  run([](Strand& strand) -> Task<void> {
    Pair pair = co_await connected();
    auto first = co_await troupe::first_of(receive_some(&pair.near), sleep_for(1ms));
    EXPECT_EQ(first.index(), 1u);
    strand.cancel(Code::kStopping);
    const Result<std::size_t> received = co_await receive_some(&pair.near);
    EXPECT_EQ(code_of(received), Code::kStopping);
    strand.clear_cancellation();
    const Status sent = co_await pair.far.send(pattern(5, 1));
    EXPECT_TRUE(sent.ok());
    const Result<std::size_t> later = co_await receive_some(&pair.near);
    EXPECT_EQ(later.value(), 5u);
  });
}

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

Task<void> collect(TcpStream* stream, Collector* collector, Deadline deadline) {
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

Task<void> yields(std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const Status yielded = co_await yield();
    if (!yielded) co_return;
  }
}

Task<void> send_after(TcpStream* stream, std::vector<std::byte> bytes, std::uint64_t count) {
  co_await yields(count);
  const Status sent = co_await stream->send(bytes);
  EXPECT_TRUE(sent.ok());
}

/// The wait of a random kind that a receive is to race with.
Task<void> collect_for_a_while(TcpStream* stream, Collector* collector, Random* random) {
  Deadline deadline = kContextDeadline;
  if (random->one_in(3)) {
    deadline = within(Duration(static_cast<std::int64_t>(random->below(30'000))));
  }
  const std::uint64_t wait = random->below(6);
  auto first = co_await troupe::first_of(collect(stream, collector, deadline), yields(wait));
  EXPECT_LE(first.index(), 1u);
}

TEST_P(CancellationConformance, NothingIsLostWhenACancellationRacesWithBytes) {
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

Task<void> accept_into(TcpListener* listener, std::vector<TcpStream>* accepted) {
  Result<TcpStream> stream = co_await listener->accept();
  if (stream) accepted->push_back(std::move(*stream));
}

Task<void> accept_for_a_while(TcpListener* listener, std::vector<TcpStream>* accepted,
                              std::uint64_t wait) {
  auto first = co_await troupe::first_of(accept_into(listener, accepted), yields(wait));
  EXPECT_LE(first.index(), 1u);
}

Task<void> connect_after(Address address, std::vector<TcpStream>* streams, std::uint64_t wait) {
  co_await yields(wait);
  Result<TcpStream> stream = co_await TcpStream::connect(address);
  EXPECT_TRUE(stream.ok());
  if (stream) streams->push_back(std::move(*stream));
}

TEST_P(CancellationConformance, NoConnectionIsLostWhenACancellationRacesWithIt) {
  run([](Strand&) -> Task<void> {
    Random random(7);
    for (int round = 0; round < 20; ++round) {
      TcpListener listener = listen_somewhere();
      std::vector<TcpStream> accepted;
      std::vector<TcpStream> made;
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

TEST_P(CancellationConformance, ManyAreCancelledAtOnce) {
  run([](Strand&) -> Task<void> {
    TcpListener listener = listen_somewhere();
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

Task<void> close_after(TcpStream* stream, std::uint64_t wait) {
  co_await yields(wait);
  stream->close();
}

Task<void> close_listener_after(TcpListener* listener, std::uint64_t wait) {
  co_await yields(wait);
  listener->close();
}

TEST_P(CancellationConformance, ClosingEndsWhatWaits) {
  run([](Strand&) -> Task<void> {
    for (std::uint64_t wait : {0u, 1u, 3u}) {
      Pair pair = co_await connected();
      auto ended = co_await troupe::all_of(receive_some(&pair.near), close_after(&pair.near, wait));
      EXPECT_EQ(code_of(std::get<0>(ended)), Code::kCancelled);
    }
  });
}

TEST_P(CancellationConformance, AListenerClosedWhileAcceptingGivesItsPortBack) {
  run([](Strand&) -> Task<void> {
    for (std::uint64_t wait : {0u, 1u, 3u}) {
      TcpListener listener = listen_somewhere();
      const Address address = listener.local_address().value();
      auto ended = co_await troupe::all_of(accept_one(&listener), accept_one(&listener),
                                           close_listener_after(&listener, wait));
      EXPECT_EQ(code_of(std::get<0>(ended)), Code::kCancelled);
      EXPECT_EQ(code_of(std::get<1>(ended)), Code::kCancelled);
      co_await yields(2);
      const Result<TcpListener> again = TcpListener::bind(address);
      EXPECT_TRUE(again.ok()) << (again.ok() ? "" : again.error().describe());
    }
  });
}

TEST_P(CancellationConformance, AListenerMayEndBeforeAnybodyTookItsConnections) {
  run([](Strand&) -> Task<void> {
    TcpListener listener = listen_somewhere();
    const Address address = listener.local_address().value();
    Pair first = co_await connect_to(&listener);
    std::vector<TcpStream> clients;
    for (int i = 0; i < 200; ++i) {
      Result<TcpStream> client = co_await TcpStream::connect(address);
      EXPECT_TRUE(client.ok());
      if (client) clients.push_back(std::move(*client));
    }
    std::vector<TcpStream> accepted;
    for (int i = 0; i < 100; ++i) co_await accept_into(&listener, &accepted);
    EXPECT_EQ(accepted.size(), 100u);
  });
}

/// A mistake: the stream ends while an operation waits on it.
Task<void> destroy_after(std::optional<TcpStream>* stream, std::uint64_t wait) {
  co_await yields(wait);
  stream->reset();
}

Task<void> receive_from_what_ends() {
  Pair pair = co_await connected();
  std::optional<TcpStream> near(std::move(pair.near));
  auto ended = co_await troupe::all_of(receive_some(&*near), destroy_after(&near, 2));
  EXPECT_EQ(code_of(std::get<0>(ended)), Code::kCancelled);
}

TEST_P(CancellationConformance, DestroyingAStreamUnderAnOperationIsCaughtOrHarmless) {
#if defined(NDEBUG) && !defined(TROUPE_SANITIZED)
  run([](Strand&) -> Task<void> { co_await receive_from_what_ends(); });
#else
  EXPECT_DEATH(run([](Strand&) -> Task<void> { co_await receive_from_what_ends(); }),
               "is destroyed while 1 operations wait on it: close\\(\\) it first");
#endif
}

/// Begins an operation, then ends the run: the frame is destroyed while it waits.
Task<void> receive_for_ever(TcpStream* stream, int yields_before) {
  std::vector<std::byte> buffer(100'000);
  const Result<std::size_t> received = co_await stream->receive(buffer);
  ADD_FAILURE() << "ended: " << received.ok() << yields_before;
}

TEST_P(CancellationConformance, AFrameThatIsDestroyedTakesItsBufferBack) {
  for (int wait = 0; wait < 3; ++wait) {
    run([wait](Strand&) -> Task<void> {
      Pair pair = co_await connected();
      TcpListener listener = listen_somewhere();
      Pair other = co_await connect_to(&listener);
      if (wait == 0) {
        Reactor::current().request_stop();
        co_await receive_for_ever(&pair.near, wait);
      } else if (wait == 1) {
        Reactor::current().request_stop();
        const Result<TcpStream> accepted = co_await listener.accept();
        ADD_FAILURE() << accepted.ok();
      } else {
        const std::vector<std::byte> much(64u << 20);
        Reactor::current().request_stop();
        const Status sent = co_await pair.near.send(much);
        ADD_FAILURE() << sent.ok();
      }
    });
  }
}

}  // namespace
}  // namespace troupe::io

// What every backend does alike when sockets are closed, or frames destroyed, while operations
// wait.

#include <gtest/gtest.h>

#include <optional>

#include "io/conformance/testing_sockets.h"
#include "io/sleep.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class Closing : public OnEveryGround {};

INSTANTIATE_TEST_SUITE_P(Backends, Closing, testing::ValuesIn(kGrounds), ground_name);

Task<void> close_after(Stream* stream, std::uint64_t wait) {
  co_await yields(wait);
  stream->close();
}

Task<void> close_listener_after(Listener* listener, std::uint64_t wait) {
  co_await yields(wait);
  listener->close();
}

// A backend may know a descriptor that is used again and again by other means than its number.
TEST_P(Closing, AStreamThatWasUsedOftenIsGoneWhenItIsClosed) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    std::vector<std::byte> buffer(10);
    for (int i = 0; i < 50; ++i) {
      const Status sent = co_await pair.near.send(pattern(3, 1));
      EXPECT_TRUE(sent.ok());
      const Result<std::size_t> received = co_await pair.far.receive(buffer);
      EXPECT_EQ(received.value(), 3u);
    }
    pair.near.close();
    const Result<std::size_t> end = co_await pair.far.receive(buffer, within(10s));
    EXPECT_TRUE(end.ok()) << "the peer does not hear of the end";
    EXPECT_EQ(end.ok() ? *end : 1, 0u);
  });
}

TEST_P(Closing, ClosingEndsWhatWaits) {
  run([](Strand&) -> Task<void> {
    for (std::uint64_t wait : {0u, 1u, 3u}) {
      Pair pair = co_await connected();
      auto ended = co_await troupe::all_of(receive_some(&pair.near), close_after(&pair.near, wait));
      EXPECT_EQ(code_of(std::get<0>(ended)), Code::kCancelled);
    }
  });
}

TEST_P(Closing, AListenerClosedWhileAcceptingGivesItsPortBack) {
  run([](Strand&) -> Task<void> {
    for (std::uint64_t wait : {0u, 1u, 3u}) {
      Listener listener = listen_somewhere();
      const Address address = listener.local_address().value();
      auto ended = co_await troupe::all_of(accept_one(&listener), accept_one(&listener),
                                           close_listener_after(&listener, wait));
      EXPECT_EQ(code_of(std::get<0>(ended)), Code::kCancelled);
      EXPECT_EQ(code_of(std::get<1>(ended)), Code::kCancelled);
      co_await yields(2);
      const Result<Listener> again = Listener::bind(address);
      EXPECT_TRUE(again.ok()) << (again.ok() ? "" : again.error().describe());
    }
  });
}

TEST_P(Closing, AListenerMayEndBeforeAnybodyTookItsConnections) {
  run([](Strand&) -> Task<void> {
    Listener listener = listen_somewhere();
    const Address address = listener.local_address().value();
    Pair first = co_await connect_to(&listener);
    std::vector<Stream> clients;
    for (int i = 0; i < 200; ++i) {
      Result<Stream> client = co_await Stream::connect(address);
      EXPECT_TRUE(client.ok());
      if (client) clients.push_back(std::move(*client));
    }
    std::vector<Stream> accepted;
    for (int i = 0; i < 100; ++i) co_await accept_into(&listener, &accepted);
    EXPECT_EQ(accepted.size(), 100u);
  });
}

/// A mistake: the stream ends while an operation waits on it.
Task<void> destroy_after(std::optional<Stream>* stream, std::uint64_t wait) {
  co_await yields(wait);
  stream->reset();
}

Task<void> receive_from_what_ends() {
  Pair pair = co_await connected();
  std::optional<Stream> near(std::move(pair.near));
  auto ended = co_await troupe::all_of(receive_some(&*near), destroy_after(&near, 2));
  EXPECT_EQ(code_of(std::get<0>(ended)), Code::kCancelled);
}

TEST_P(Closing, DestroyingAStreamUnderAnOperationIsCaughtOrHarmless) {
#if defined(NDEBUG) && !defined(TROUPE_SANITIZED)
  run([](Strand&) -> Task<void> { co_await receive_from_what_ends(); });
#else
  EXPECT_DEATH(run([](Strand&) -> Task<void> { co_await receive_from_what_ends(); }),
               "is destroyed while 1 operations wait on it: close\\(\\) it first");
#endif
}

/// Begins an operation, then ends the run: the frame is destroyed while it waits.
Task<void> receive_for_ever(Stream* stream, int yields_before) {
  std::vector<std::byte> buffer(100'000);
  const Result<std::size_t> received = co_await stream->receive(buffer);
  ADD_FAILURE() << "ended: " << received.ok() << yields_before;
}

TEST_P(Closing, AFrameThatIsDestroyedTakesItsBufferBack) {
  for (int wait = 0; wait < 3; ++wait) {
    run([wait](Strand&) -> Task<void> {
      Pair pair = co_await connected();
      Listener listener = listen_somewhere();
      Pair other = co_await connect_to(&listener);
      if (wait == 0) {
        Reactor::current().request_stop();
        co_await receive_for_ever(&pair.near, wait);
      } else if (wait == 1) {
        Reactor::current().request_stop();
        const Result<Stream> accepted = co_await listener.accept();
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

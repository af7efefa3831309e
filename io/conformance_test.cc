// What every backend with kernel operations does alike: streams, listeners, errors, limits.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "io/sleep.h"
#include "io/testing_sockets.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class Conformance : public testing::TestWithParam<Ground> {
 protected:
  template <class Body>
  void run(Body body) {
    run_on(GetParam(), std::move(body));
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, Conformance, testing::ValuesIn(kGrounds), ground_name);

/// The error of a result that must have one.
template <class T>
Error error_of(const Result<T>& result) {
  EXPECT_FALSE(result.ok()) << "no error";
  return result.ok() ? Error(Code::kMalformed) : result.error();
}

TEST_P(Conformance, EchoesManySizes) {
  run([](Strand&) -> Task<void> {
    std::uint64_t seed = 1;
    for (std::size_t bytes : {1u, 2u, 7u, 1000u, 3000u, 3001u, 65536u, 1'000'003u, 6'000'000u}) {
      Pair pair = co_await connected();
      const std::vector<std::byte> sent = pattern(bytes, ++seed);
      auto ended = co_await troupe::all_of(echo(&pair.far), send_all(&pair.near, sent),
                                           receive_all(&pair.near, 1 + bytes / 3));
      EXPECT_TRUE(std::get<0>(ended).ok());
      EXPECT_TRUE(std::get<1>(ended).ok());
      EXPECT_TRUE(std::get<2>(ended).value() == sent) << bytes;
    }
  });
}

TEST_P(Conformance, GivesShortReads) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const std::vector<std::byte> sent = pattern(10, 1);
    const Status went = co_await pair.near.send(sent);
    EXPECT_TRUE(went.ok());
    std::vector<std::byte> buffer(100);
    Result<std::size_t> received = co_await pair.far.receive(std::span(buffer).first(3));
    EXPECT_EQ(received.value(), 3u);
    received = co_await pair.far.receive(std::span(buffer).subspan(3));
    EXPECT_EQ(received.value(), 7u);
    buffer.resize(10);
    EXPECT_TRUE(buffer == sent);
  });
}

TEST_P(Conformance, OneDirectionMayEndBeforeTheOther) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const Status sent = co_await send_all(&pair.near, pattern(100, 1));
    EXPECT_TRUE(sent.ok());
    auto asked = co_await receive_all(&pair.far, 64);
    EXPECT_EQ(asked.value().size(), 100u);
    const Status answered = co_await send_all(&pair.far, pattern(200, 2));
    EXPECT_TRUE(answered.ok());
    auto answer = co_await receive_all(&pair.near, 64);
    EXPECT_TRUE(answer.value() == pattern(200, 2));
  });
}

TEST_P(Conformance, OneWhoNoLongerReceivesGetsWhatHasComeAndThenTheEnd) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const auto end_soon = [](TcpStream* stream) -> Task<Status> {
      const Status yielded = co_await yield();
      EXPECT_TRUE(yielded.ok());
      co_return stream->shutdown_receive();
    };
    std::vector<std::byte> buffer(10);
    // While somebody waits for bytes.
    auto both = co_await troupe::all_of(pair.far.receive(buffer), end_soon(&pair.far));
    EXPECT_EQ(std::get<0>(both).value(), 0u);
    EXPECT_TRUE(std::get<1>(both).ok());
    // The other direction goes on.
    const Status answered = co_await pair.far.send(pattern(5, 2));
    EXPECT_TRUE(answered.ok());
    const Result<std::size_t> answer = co_await pair.near.receive(buffer);
    EXPECT_EQ(answer.value(), 5u);

    Pair other = co_await connected();
    const Status sent = co_await other.near.send(pattern(5, 1));
    EXPECT_TRUE(sent.ok());
    EXPECT_TRUE(other.far.shutdown_receive().ok());
    const Result<std::size_t> received = co_await other.far.receive(buffer);
    EXPECT_EQ(received.value(), 5u);
    const Result<std::size_t> ended = co_await other.far.receive(buffer);
    EXPECT_EQ(ended.value(), 0u);
    EXPECT_FALSE(TcpStream().shutdown_receive().ok());
  });
}

constexpr SendReceiveDeadlines kNoEnd{kContextDeadline, kContextDeadline};

TEST_P(Conformance, SendsAndReceivesAtOnce) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    // More than any buffer of the kernel takes, both ways: neither may wait for the other.
    const std::vector<std::byte> text = pattern(8 << 20, 3);
    const auto receive_and_answer = [](TcpStream* stream, std::size_t bytes) -> Task<Status> {
      std::vector<std::byte> buffer(64 * 1024);
      for (std::size_t done = 0; done < bytes;) {
        const Result<std::size_t> received = co_await stream->receive(buffer);
        if (!received) co_return received.error();
        done += *received;
      }
      co_return co_await stream->send(std::span(buffer).first(5));
    };
    std::vector<std::byte> answer(100);
    auto both = co_await troupe::all_of(pair.near.send_and_receive(text, answer, kNoEnd),
                                        receive_and_answer(&pair.far, text.size()));
    EXPECT_TRUE(std::get<0>(both).sent.ok());
    EXPECT_EQ(std::get<0>(both).received.value(), 5u);
    EXPECT_TRUE(std::get<1>(both).ok());
    // What is there already is received, though it is not expected; and so is the end.
    const Status sent = co_await pair.far.send(std::span(text).first(7));
    EXPECT_TRUE(sent.ok());
    auto third = co_await pair.near.send_and_receive(std::span(text).first(3), answer, kNoEnd);
    EXPECT_EQ(third.received.value(), 7u);
    EXPECT_TRUE(pair.far.shutdown_send().ok());
    auto last = co_await pair.near.send_and_receive(std::span(text).first(3), answer, kNoEnd);
    EXPECT_TRUE(last.sent.ok());
    EXPECT_EQ(last.received.value(), 0u);
  });
}

TEST_P(Conformance, ASendAndReceiveEndsInTime) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const std::vector<std::byte> text = pattern(16 << 20, 4);
    std::vector<std::byte> answer(100);
    // The receive alone: the connection is as before.
    auto quiet = co_await pair.near.send_and_receive(
        std::span(text).first(3), answer, {kContextDeadline, within(std::chrono::milliseconds(1))});
    EXPECT_TRUE(quiet.sent.ok());
    EXPECT_TRUE(error_of(quiet.received).is(Code::kDeadlineExceeded));
    const Status sent = co_await pair.far.send(std::span(text).first(2));
    EXPECT_TRUE(sent.ok());
    const Result<std::size_t> received = co_await pair.near.receive(answer);
    EXPECT_EQ(received.value(), 2u);
    // Both, since the peer takes nothing; and at once, when the time is over.
    auto stuck = co_await pair.near.send_and_receive(
        text, answer,
        {within(std::chrono::milliseconds(20)), within(std::chrono::milliseconds(5))});
    EXPECT_TRUE(error_of(stuck.sent).is(Code::kDeadlineExceeded));
    EXPECT_TRUE(error_of(stuck.received).is(Code::kDeadlineExceeded));
    auto late = co_await pair.near.send_and_receive(text, answer,
                                                    {within(Duration(0)), within(Duration(0))});
    EXPECT_TRUE(error_of(late.sent).is(Code::kDeadlineExceeded));
    // Nothing to be had of a closed stream.
    auto closed = co_await TcpStream().send_and_receive(text, answer, kNoEnd);
    EXPECT_EQ(error_of(closed.sent).detail(), static_cast<std::uint64_t>(EBADF));
    EXPECT_FALSE(closed.received.ok());
  });
}

TEST_P(Conformance, ASendThatFailsEndsTheReceive) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    EXPECT_TRUE(pair.near.shutdown_send().ok());
    std::vector<std::byte> answer(100);
    // Without that, the receive would wait for a peer that is not asked.
    auto both = co_await pair.near.send_and_receive(pattern(3, 1), answer, kNoEnd);
    EXPECT_EQ(error_of(both.sent).detail(), static_cast<std::uint64_t>(EPIPE));
    EXPECT_TRUE(error_of(both.received).is(Code::kCancelled));
  });
}

TEST_P(Conformance, ASendAndReceiveIsCancelled) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const std::vector<std::byte> text = pattern(16 << 20, 4);
    std::vector<std::byte> answer(100);
    auto first = co_await troupe::first_of(pair.near.send_and_receive(text, answer, kNoEnd),
                                           sleep_for(std::chrono::milliseconds(5)));
    EXPECT_EQ(first.index(), 1u);
  });
}

TEST_P(Conformance, KnowsAddressesAndOptions) {
  run([](Strand&) -> Task<void> {
    Result<TcpListener> v6 = TcpListener::bind(Address::loopback_v6(0));
    // A machine without IPv6 has nothing to show here.
    if (v6) {
      Pair pair = co_await connect_to(&*v6);
      EXPECT_TRUE(pair.near.peer_address().value() == v6->local_address().value());
      EXPECT_TRUE(pair.near.local_address().value() == pair.far.peer_address().value());
    }
    Pair pair = co_await connected();
    EXPECT_TRUE(pair.near.set_nodelay(true).ok());
    EXPECT_TRUE(pair.near.local_address().value() == pair.far.peer_address().value());
    EXPECT_FALSE(pair.near.peer_address().value().is_v6());
  });
}

TEST_P(Conformance, ListenersShareAPortIfTheySaySo) {
  run([](Strand&) -> Task<void> {
    ListenOptions shared;
    shared.reuse_port = true;
    TcpListener first = listen_somewhere(shared);
    const Address address = first.local_address().value();
    Result<TcpListener> second = TcpListener::bind(address, shared);
    EXPECT_TRUE(second.ok());
    const Result<TcpListener> third = TcpListener::bind(address);
    EXPECT_EQ(error_of(third).describe(), "io (Address already in use, EADDRINUSE): bind");
    co_return;
  });
}

TEST_P(Conformance, ARefusedConnectionSaysSo) {
  run([](Strand&) -> Task<void> {
    TcpListener listener = listen_somewhere();
    const Address address = listener.local_address().value();
    listener.close();
    const Result<TcpStream> refused = co_await TcpStream::connect(address);
    EXPECT_EQ(describe(error_of(refused), address),
              "io (Connection refused, ECONNREFUSED): connect (peer " + address.to_string() + ")");
  });
}

/// Ends the connection so that the peer sees a reset.
void reset(TcpStream& stream) {
  const Descriptor socket = stream.release();
  const linger at_once = {1, 0};
  setsockopt(socket.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

Task<void> reset_after(TcpStream* stream, int yields) {
  for (int i = 0; i < yields; ++i) {
    const Status yielded = co_await yield();
    EXPECT_TRUE(yielded.ok());
  }
  reset(*stream);
}

Task<Result<std::size_t>> receive_some(TcpStream* stream) {
  std::vector<std::byte> buffer(100);
  const Result<std::size_t> received = co_await stream->receive(buffer);
  co_return received;
}

TEST_P(Conformance, APeersResetSaysSo) {
  run([](Strand&) -> Task<void> {
    for (int yields : {0, 1, 5}) {
      Pair pair = co_await connected();
      auto ended =
          co_await troupe::all_of(reset_after(&pair.far, yields), receive_some(&pair.near));
      EXPECT_EQ(error_of(std::get<1>(ended)).describe(),
                "io (Connection reset by peer, ECONNRESET): receive");
      const std::vector<std::byte> bytes(10);
      const Status sent = co_await pair.near.send(bytes);
      EXPECT_EQ(error_of(sent).describe(), "io (Broken pipe, EPIPE): send");
    }
  });
}

TEST_P(Conformance, AClosedStreamSaysSo) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    pair.near.close();
    pair.near.close();
    const Result<std::size_t> received = co_await receive_some(&pair.near);
    EXPECT_EQ(error_of(received).describe(), "io (Bad file descriptor, EBADF): receive");
    const Result<std::size_t> end = co_await receive_some(&pair.far);
    EXPECT_EQ(end.value(), 0u);
    TcpListener none;
    const Result<TcpStream> accepted = co_await accept_one(&none);
    EXPECT_EQ(error_of(accepted).detail(), static_cast<std::uint64_t>(EBADF));
  });
}

Task<Status> talk(TcpListener* listener, std::uint64_t seed) {
  Pair pair = co_await connect_to(listener);
  const std::vector<std::byte> sent = pattern(10'000, seed);
  auto ended = co_await troupe::all_of(echo(&pair.far), send_all(&pair.near, sent),
                                       receive_all(&pair.near, 4096));
  EXPECT_TRUE(std::get<0>(ended).ok());
  // Whose connection was accepted for whom is open, but each echoes to its own peer.
  EXPECT_TRUE(std::get<1>(ended).ok());
  if (!std::get<2>(ended)) co_return std::get<2>(ended).error();
  co_return ok();
}

TEST_P(Conformance, ManyConnectionsAtOnce) {
  run([](Strand&) -> Task<void> {
    TcpListener listener = listen_somewhere();
    std::vector<Task<Status>> talks;
    for (std::uint64_t i = 0; i < 200; ++i) talks.push_back(talk(&listener, i));
    const auto ended = co_await troupe::all_of(std::move(talks));
    for (const Status& status : ended) {
      EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().describe());
    }
  });
}

Task<Status> send_byte_to_each(std::vector<Pair>* pairs) {
  const std::vector<std::byte> byte(1);
  for (Pair& pair : *pairs) {
    const Status sent = co_await pair.near.send(byte);
    if (!sent) co_return sent;
  }
  co_return ok();
}

TEST_P(Conformance, MoreOperationsThanTheRingsHold) {
  run([](Strand&) -> Task<void> {
    TcpListener listener = listen_somewhere();
    std::vector<Pair> pairs;
    for (int i = 0; i < 150; ++i) {
      Pair pair = co_await connect_to(&listener);
      pairs.push_back(std::move(pair));
    }
    for (int round = 0; round < 5; ++round) {
      std::vector<Task<Result<std::size_t>>> receives;
      for (Pair& pair : pairs) receives.push_back(receive_some(&pair.far));
      auto ended =
          co_await troupe::all_of(troupe::all_of(std::move(receives)), send_byte_to_each(&pairs));
      for (const auto& received : std::get<0>(ended)) EXPECT_EQ(received.value(), 1u);
      EXPECT_TRUE(std::get<1>(ended).ok());
    }
  });
}

/// Leaves no descriptor free while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = dup(0);
    ::close(next);
    const rlimit none = {static_cast<rlim_t>(next), before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_P(Conformance, SaysWhenDescriptorsRunOut) {
  run([](Strand&) -> Task<void> {
    TcpListener listener = listen_somewhere();
    const Address address = listener.local_address().value();
    Result<TcpStream> client = co_await TcpStream::connect(address);
    EXPECT_TRUE(client.ok());
    {
      const NoDescriptors none;
      const Result<TcpStream> another = co_await TcpStream::connect(address);
      EXPECT_EQ(error_of(another).describe(), "io (Too many open files, EMFILE): socket");
      for (int i = 0; i < 3; ++i) {
        const Result<TcpStream> accepted = co_await accept_one(&listener);
        EXPECT_EQ(error_of(accepted).describe(), "io (Too many open files, EMFILE): accept");
      }
    }
    const Result<TcpStream> accepted = co_await accept_one(&listener);
    EXPECT_TRUE(accepted.ok());
  });
}

TEST_P(Conformance, AnIdleCoreWakesForWhatCompletes) {
  run([](Strand&) -> Task<void> {
    TcpListener listener = listen_somewhere();
    const Address address = listener.local_address().value();
    std::thread client([address] {
      const int number = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      EXPECT_EQ(::connect(number, address.data(), address.bytes()), 0);
      char byte = 1;
      for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(::send(number, &byte, 1, 0), 1);
        EXPECT_EQ(::recv(number, &byte, 1, 0), 1);
      }
      ::close(number);
    });
    Result<TcpStream> accepted = co_await listener.accept();
    const Status echoed = co_await echo(&accepted.value());
    EXPECT_TRUE(echoed.ok());
    client.join();
  });
}

Call<CountAwaiter> on_file(RequestKind kind, const Descriptor& file, std::span<std::byte> bytes,
                           std::uint64_t offset) {
  RequestArguments arguments;
  arguments.kind = kind;
  arguments.descriptor = file.number();
  arguments.data = bytes.data();
  arguments.bytes = static_cast<std::uint32_t>(bytes.size());
  arguments.offset = offset;
  return Call<CountAwaiter>(arguments, kContextDeadline, "file");
}

TEST_P(Conformance, ReadsWritesAndSyncsFiles) {
  run([](Strand&) -> Task<void> {
    const char* const folder = getenv("TEST_TMPDIR");
    std::string path = std::string(folder != nullptr ? folder : ".") + "/fileXXXXXX";
    const Descriptor file(mkostemp(path.data(), O_CLOEXEC));
    EXPECT_TRUE(file.is_open());
    unlink(path.c_str());
    std::vector<std::byte> text = pattern(1000, 1);
    Result<std::size_t> count = co_await on_file(RequestKind::kWrite, file, text, 0);
    EXPECT_EQ(count.value(), 1000u);
    count = co_await on_file(RequestKind::kSync, file, {}, 0);
    EXPECT_EQ(count.value(), 0u);
    std::vector<std::byte> back(1000);
    count = co_await on_file(RequestKind::kRead, file, back, 400);
    EXPECT_EQ(count.value(), 600u);
    count = co_await on_file(RequestKind::kRead, file, back, 0);
    EXPECT_TRUE(back == text);
    count = co_await on_file(RequestKind::kRead, file, back, 1000);
    EXPECT_EQ(count.value(), 0u);
  });
}

Task<Result<std::size_t>> wait_readable(const Descriptor* descriptor) {
  RequestArguments arguments;
  arguments.descriptor = descriptor->number();
  arguments.flags = POLLIN;
  const Call<CountAwaiter> call(arguments, kContextDeadline, "poll");
  const Result<std::size_t> found = co_await call;
  co_return found;
}

TEST_P(Conformance, PollsAndReadsAPipe) {
  run([](Strand&) -> Task<void> {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | Reactor::current().backend().descriptor_flags()), 0);
    const Descriptor source(ends[0]);
    const Descriptor sink(ends[1]);
    std::vector<std::byte> text = pattern(10, 1);
    const auto at = RequestArguments::kAtPosition;
    auto ended = co_await troupe::all_of(wait_readable(&source),
                                         on_file(RequestKind::kWrite, sink, text, at));
    EXPECT_EQ(std::get<0>(ended).value() & POLLIN, static_cast<std::size_t>(POLLIN));
    std::vector<std::byte> back(10);
    const Result<std::size_t> count = co_await on_file(RequestKind::kRead, source, back, at);
    EXPECT_EQ(count.value(), 10u);
    EXPECT_TRUE(back == text);
  });
}

TEST(ConformanceOfTheSimulation, HasNoKernelYet) {
  const Status ran = run_simulated([](Strand&) -> Task<void> {
    const Result<TcpListener> listener = TcpListener::bind(Address::loopback(0));
    EXPECT_TRUE(error_of(listener).is(Code::kUnsupported));
    const Result<TcpStream> stream = co_await TcpStream::connect(Address::loopback(1));
    EXPECT_TRUE(error_of(stream).is(Code::kUnsupported));
    const Call<CountAwaiter> call(RequestArguments{.descriptor = 0}, kContextDeadline, "poll");
    const Result<std::size_t> polled = co_await call;
    EXPECT_TRUE(error_of(polled).is(Code::kUnsupported));
  });
  EXPECT_TRUE(ran.ok());
}

}  // namespace
}  // namespace troupe::io

// What the backends of a real kernel do alike: its limits, its other threads, files and pipes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "io/conformance/testing_sockets.h"
#include "io/sleep.h"
#include "io/uring/uring_backend.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class Kernel : public OnEveryGround {};

INSTANTIATE_TEST_SUITE_P(Backends, Kernel, testing::ValuesIn(kKernelGrounds), ground_name);

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

TEST_P(Kernel, SaysWhenDescriptorsRunOut) {
  run([](Strand&) -> Task<void> {
    Listener listener = listen_somewhere();
    const Address address = listener.local_address().value();
    Result<Stream> client = co_await Stream::connect(address);
    EXPECT_TRUE(client.ok());
    {
      const NoDescriptors none;
      const Result<Stream> another = co_await Stream::connect(address);
      EXPECT_EQ(error_of(another).describe(), "io (Too many open files, EMFILE): socket");
      for (int i = 0; i < 3; ++i) {
        const Result<Stream> accepted = co_await accept_one(&listener);
        EXPECT_EQ(error_of(accepted).describe(), "io (Too many open files, EMFILE): accept");
      }
    }
    const Result<Stream> accepted = co_await accept_one(&listener);
    EXPECT_TRUE(accepted.ok());
  });
}

TEST_P(Kernel, AnIdleCoreWakesForWhatCompletes) {
  run([](Strand&) -> Task<void> {
    Listener listener = listen_somewhere();
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
    Result<Stream> accepted = co_await listener.accept();
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

TEST_P(Kernel, ReadsWritesAndSyncsFiles) {
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

TEST_P(Kernel, PollsAndReadsAPipe) {
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

/// How often the kernel is entered from the turn that begins the other operations to the next one.
Task<std::uint64_t> enters_of_a_turn() {
  Reactor& core = Reactor::current();
  const auto& ring = static_cast<const UringBackend&>(core.backend());
  const std::uint64_t before = ring.enters();
  for (const std::uint64_t turn = core.counters().turns; core.counters().turns == turn;) {
    const Status yielded = co_await yield();
    EXPECT_TRUE(yielded.ok());
  }
  co_return ring.enters() - before;
}

TEST(KernelOfUring, ATurnEntersOnceHoweverManyOperationsItBegins) {
  run_on(kGrounds[0], [](Strand&) -> Task<void> {
    Listener listener = listen_somewhere();
    std::vector<Pair> pairs;
    for (int i = 0; i < 100; ++i) {
      Pair pair = co_await connect_to(&listener);
      pairs.push_back(std::move(pair));
    }
    for (int round = 0; round < 20; ++round) {
      std::vector<Task<Result<std::size_t>>> receives;
      for (Pair& pair : pairs) receives.push_back(receive_some(&pair.far));
      auto ended = co_await troupe::all_of(enters_of_a_turn(), troupe::all_of(std::move(receives)),
                                           send_byte_to_each(&pairs));
      EXPECT_EQ(std::get<0>(ended), 1u);
      EXPECT_TRUE(std::get<2>(ended).ok());
    }
  });
}

}  // namespace
}  // namespace troupe::io

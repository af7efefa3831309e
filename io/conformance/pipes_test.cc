// What every backend does alike with pipes.
#include <gtest/gtest.h>

#include <cerrno>
#include <span>
#include <vector>

#include "io/conformance/testing_sockets.h"
#include "io/pipe.h"
#include "io/sleep.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class PipeConformance : public testing::TestWithParam<Ground> {
 protected:
  template <class Body>
  void run(Body body) {
    run_on(GetParam(), std::move(body));
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, PipeConformance, testing::ValuesIn(kKernelGrounds), ground_name);

Pipe make_pipe() {
  Result<Pipe> made = Pipe::make();
  TROUPE_CHECK(made.ok(), "no pipe: %s", made.error().describe().c_str());
  return std::move(*made);
}

Task<Result<std::vector<std::byte>>> read_all(PipeReader* reader, std::size_t piece) {
  std::vector<std::byte> all;
  std::vector<std::byte> buffer(piece);
  for (;;) {
    const Result<std::size_t> read = co_await reader->read(buffer);
    if (!read) co_return read.error();
    if (*read == 0) co_return all;
    all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*read));
  }
}

Task<Status> write_all(PipeWriter* writer, std::vector<std::byte> bytes) {
  const Status written = co_await writer->write(bytes);
  writer->close();
  co_return written;
}

TEST_P(PipeConformance, CarriesManySizes) {
  run([](Strand&) -> Task<void> {
    std::uint64_t seed = 1;
    for (std::size_t bytes : {0u, 1u, 4096u, 65'536u, 65'537u, 3'000'001u}) {
      Pipe pipe = make_pipe();
      const std::vector<std::byte> sent = pattern(bytes, ++seed);
      auto both = co_await troupe::all_of(write_all(&pipe.writer, sent),
                                          read_all(&pipe.reader, 1 + bytes / 3));
      EXPECT_TRUE(std::get<0>(both).ok());
      EXPECT_TRUE(std::get<1>(both).value() == sent) << bytes;
    }
  });
}

TEST_P(PipeConformance, AWriteThatNobodyReadsIsAnErrorAndNoSignal) {
  run([](Strand&) -> Task<void> {
    Pipe pipe = make_pipe();
    pipe.reader.close();
    const Status written = co_await pipe.writer.write(pattern(10, 1));
    EXPECT_EQ(error_of(written).describe(), "io (Broken pipe, EPIPE): write to a pipe");
    // The same for one that waits for room.
    Pipe full = make_pipe();
    auto close_later = [](PipeReader* reader) -> Task<void> {
      const Status slept = co_await sleep_for(2ms);
      EXPECT_TRUE(slept.ok());
      reader->close();
    };
    auto both = co_await troupe::all_of(close_later(&full.reader),
                                        write_all(&full.writer, pattern(200'000, 2)));
    EXPECT_EQ(error_of(std::get<1>(both)).detail(), std::uint64_t{EPIPE});
  });
}

TEST_P(PipeConformance, DeadlinesEndReadsAndWrites) {
  run([](Strand&) -> Task<void> {
    Pipe pipe = make_pipe();
    std::vector<std::byte> buffer(10);
    for (Duration wait : {Duration(-1ms), Duration(0), Duration(2ms)}) {
      const Result<std::size_t> read = co_await pipe.reader.read(buffer, within(wait));
      EXPECT_TRUE(error_of(read).is(Code::kDeadlineExceeded));
    }
    const std::vector<std::byte> much(1u << 20);
    const Status written = co_await pipe.writer.write(much, within(5ms));
    EXPECT_TRUE(error_of(written).is(Code::kDeadlineExceeded));
    EXPECT_EQ(Reactor::current().timers().armed(), 0u);
  });
}

Task<Result<std::size_t>> read_some(PipeReader* reader) {
  std::vector<std::byte> buffer(100);
  const Result<std::size_t> read = co_await reader->read(buffer);
  co_return read;
}

TEST_P(PipeConformance, CancellingAndClosingEndAReadThatWaits) {
  run([](Strand& strand) -> Task<void> {
    Pipe pipe = make_pipe();
    auto first = co_await troupe::first_of(read_some(&pipe.reader), sleep_for(1ms));
    EXPECT_EQ(first.index(), 1u);
    strand.cancel(Code::kStopping);
    const Result<std::size_t> stopped = co_await read_some(&pipe.reader);
    EXPECT_TRUE(error_of(stopped).is(Code::kStopping));
    strand.clear_cancellation();
    auto close_now = [](PipeReader* reader) -> Task<void> {
      const Status yielded = co_await yield();
      EXPECT_TRUE(yielded.ok());
      reader->close();
    };
    auto both = co_await troupe::all_of(read_some(&pipe.reader), close_now(&pipe.reader));
    EXPECT_TRUE(error_of(std::get<0>(both)).is(Code::kCancelled));
    const Result<std::size_t> closed = co_await read_some(&pipe.reader);
    EXPECT_EQ(error_of(closed).detail(), std::uint64_t{EBADF});
  });
}

TEST(Pipe, IsNotSimulated) {
  const Status ran = run_simulated([](Strand&) -> Task<void> {
    EXPECT_EQ(error_of(Pipe::make()).describe(), "unsupported: a simulation has no pipes");
    co_return;
  });
  EXPECT_TRUE(ran.ok());
}

}  // namespace
}  // namespace troupe::io

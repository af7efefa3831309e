// For tests that hold on every backend: where they run, and pairs of streams.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/combine.h"
#include "base/result.h"
#include "base/task.h"
#include "io/net/stream.h"
#include "io/reactor.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"
#include "io/uring/uring_options.h"

namespace troupe::io {

/// A backend, with what could make it behave otherwise.
struct Ground {
  const char* name;
  KernelInterface kernel;
  UringOptions uring = {};
  /// Not on a kernel at all: in simulation, from kSimulatedSeeds seeds.
  bool simulated = false;
};
inline constexpr std::uint64_t kSimulatedSeeds = 5;

inline std::ostream& operator<<(std::ostream& out, const Ground& ground) {
  return out << ground.name;
}
inline std::string ground_name(const testing::TestParamInfo<Ground>& info) {
  return info.param.name;
}

/// As on Linux 5.15.
inline constexpr UringOptions kPlainUring = {.entries = 16,
                                             .deferred_work = false,
                                             .cooperative_work = false,
                                             .registered_ring = false,
                                             .registered_files = false,
                                             .multishot_accept = false,
                                             .multishot_receive = false};

/// Two entries: nearly every operation finds the rings full.
inline const Ground kGrounds[] = {
    {"uring", KernelInterface::kUring},
    {"uring_small", KernelInterface::kUring, {.entries = 2}},
    {"uring_plain", KernelInterface::kUring, kPlainUring},
    {"uring_zero_copy", KernelInterface::kUring, {.zero_copy_bytes_min = 4096}},
    {"epoll", KernelInterface::kEpoll},
    {.name = "simulation", .kernel = KernelInterface::kAutomatic, .simulated = true},
};
/// Those that ask a real kernel.
inline const std::span<const Ground> kKernelGrounds =
    std::span(kGrounds).first(std::size(kGrounds) - 1);

/// Runs `body` in simulation, without faults: all that was sent at once can be received at once.
template <class Body>
void run_in_simulation(std::uint64_t seed, Body body) {
  SimOptions options;
  options.seed = seed;
  options.network.short_one_in = 0;
  // From hardly any to longer than most deadlines: cancellations come at every moment.
  options.network.completion_delay_max = std::chrono::microseconds(seed * seed);
  const Status ran = run_simulated(body, options);
  EXPECT_TRUE(ran.ok()) << "seed " << seed << ": " << (ran.ok() ? "" : ran.error().describe());
}

/// Runs `body` on the ground of a test; in simulation once for each seed.
template <class Body>
void run_on(const Ground& ground, Body body) {
  if (ground.simulated) {
    for (std::uint64_t seed = 1; seed <= kSimulatedSeeds; ++seed) run_in_simulation(seed, body);
    return;
  }
  ThreadedOptions options;
  options.kernel = ground.kernel;
  options.uring = ground.uring;
  const auto on_core = [&](Strand& strand) -> Task<void> { co_await body(strand); };
  const Status ran = run_threaded(on_core, options);
  EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().describe());
}

/// Runs `body` (core index, strand) on each of `cores` cores of a ground; in simulation once for
/// each seed. `body` and what it shares must bear being run again.
template <class Body>
void run_on_cores_of(const Ground& ground, unsigned cores, Body body) {
  if (ground.simulated) {
    for (std::uint64_t seed = 1; seed <= kSimulatedSeeds; ++seed) {
      SimOptions options;
      options.seed = seed;
      options.cores = cores;
      options.network.short_one_in = 0;
      SimEngine engine(options);
      const Status ran = run_on_cores(engine, body);
      EXPECT_TRUE(ran.ok()) << "seed " << seed << ": " << (ran.ok() ? "" : ran.error().describe());
      EXPECT_EQ(engine.network().open_sockets(), 0u) << "seed " << seed;
    }
    return;
  }
  ThreadedOptions options;
  options.cores = cores;
  options.pin = false;
  options.kernel = ground.kernel;
  options.uring = ground.uring;
  ThreadedEngine engine(options);
  const Status ran = run_on_cores(engine, std::move(body));
  EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().describe());
}

/// Tests whose parameter is their ground.
class OnEveryGround : public testing::TestWithParam<Ground> {
 protected:
  template <class Body>
  void run(Body body) {
    run_on(GetParam(), std::move(body));
  }
};

/// The error of a result that must have one.
template <class T>
Error error_of(const Result<T>& result) {
  EXPECT_FALSE(result.ok()) << "no error";
  return result.ok() ? Error(Code::kMalformed) : result.error();
}

/// Its code; kMalformed if there is no error.
template <class T>
Code code_of(const Result<T>& result) {
  return result.ok() ? Code::kMalformed : result.error().code();
}

/// Lets the core take `count` turns: within one, what was begun has not reached the kernel yet.
inline Task<void> yields(std::uint64_t count) {
  const Reactor& core = Reactor::current();
  for (const std::uint64_t end = core.counters().turns + count; core.counters().turns < end;) {
    const Status yielded = co_await yield();
    if (!yielded) co_return;
  }
}

/// A connection, both ends.
class Pair {
 public:
  Pair(Stream near, Stream far) : near(std::move(near)), far(std::move(far)) {}
  Stream near;
  Stream far;
};

inline Task<Result<Stream>> accept_one(Listener* listener) {
  Result<Stream> accepted = co_await listener->accept();
  co_return accepted;
}

inline Task<void> accept_into(Listener* listener, std::vector<Stream>* accepted) {
  Result<Stream> stream = co_await listener->accept();
  if (stream) accepted->push_back(std::move(*stream));
}

/// Aborts the test program if it cannot be had.
inline Listener listen_somewhere(ListenOptions options = {}) {
  Result<Listener> bound = Listener::bind(Address::loopback(0), options);
  TROUPE_CHECK(bound.ok(), "no listener: %s", bound.error().describe().c_str());
  return std::move(*bound);
}

inline Task<Pair> connect_to(Listener* listener) {
  const Result<Address> address = listener->local_address();
  auto both = co_await troupe::all_of(accept_one(listener), Stream::connect(address.value()));
  co_return Pair(std::move(std::get<1>(both).value()), std::move(std::get<0>(both).value()));
}

inline Task<Pair> connected() {
  Listener listener = listen_somewhere();
  Pair pair = co_await connect_to(&listener);
  co_return pair;
}

/// From the near ends.
inline Task<Status> send_byte_to_each(std::vector<Pair>* pairs) {
  const std::vector<std::byte> byte(1);
  for (Pair& pair : *pairs) {
    const Status sent = co_await pair.near.send(byte);
    if (!sent) co_return sent;
  }
  co_return ok();
}

inline std::vector<std::byte> pattern(std::size_t bytes, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::byte> text(bytes);
  for (std::byte& byte : text) byte = static_cast<std::byte>(random.below(256));
  return text;
}

/// Receives once, up to 100 bytes.
inline Task<Result<std::size_t>> receive_some(Stream* stream) {
  std::vector<std::byte> buffer(100);
  const Result<std::size_t> received = co_await stream->receive(buffer);
  co_return received;
}

/// Receives until the other direction ends; gives everything.
inline Task<Result<std::vector<std::byte>>> receive_all(Stream* stream, std::size_t piece) {
  std::vector<std::byte> all;
  std::vector<std::byte> buffer(piece);
  for (;;) {
    const Result<std::size_t> received = co_await stream->receive(buffer);
    if (!received) co_return received.error();
    if (*received == 0) co_return all;
    all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*received));
  }
}

inline Task<Status> send_all(Stream* stream, std::vector<std::byte> bytes) {
  const Status sent = co_await stream->send(bytes);
  if (!sent) co_return sent;
  co_return stream->shutdown_send();
}

/// Sends back what it receives, until the peer has sent all.
inline Task<Status> echo(Stream* stream) {
  std::vector<std::byte> buffer(3000);
  for (;;) {
    const Result<std::size_t> received = co_await stream->receive(buffer);
    if (!received) co_return received.error();
    if (*received == 0) co_return stream->shutdown_send();
    const Status sent = co_await stream->send(std::span(buffer).first(*received));
    if (!sent) co_return sent;
  }
}

}  // namespace troupe::io

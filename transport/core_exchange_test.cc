// Tests the ends of lanes step by step: two cores by hand, so that each turn is the test's choice.
#include "transport/core_exchange.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "transport/frame_pools.h"

namespace troupe::transport {
namespace {

using protocols::Frame;
using protocols::FrameHeader;
using protocols::FrameType;

/// A clock that stands, and publications that the test can put off.
class HandBackend final : public io::Backend {
 public:
  Time now() override { return Time(std::chrono::seconds(1)); }
  void poll() override {}
  void sleep(Time) override { ++sleeps; }
  void wake() override { ++wakes; }
  bool publishes_now() override { return publishes; }

  bool publishes = true;
  unsigned sleeps = 0;
  unsigned wakes = 0;
};

/// Beside each core; what is larger than this is handed over.
constexpr std::size_t kCopiedFrameMax = kCopyBytesMax - sizeof(Frame*);
constexpr std::size_t kLargeFrame = 100 * 1024;

void fill(FrameHeader& header, FrameType type, std::size_t bytes, std::uint32_t number) {
  header = FrameHeader{};
  header.bytes = static_cast<std::uint32_t>(bytes);
  header.type = type;
  header.slot = number;
  std::memset(&header + 1, static_cast<int>(number & 0xff), bytes - sizeof(header));
}

/// One core: records what arrives and keeps it until it is told to let go.
class HandCore final : public FrameSink {
 public:
  HandCore(std::uint16_t index, LaneMesh& mesh)
      : reactor(index, backend, index), exchange(mesh, reactor, *this) {
    reactor.attach(exchange);
  }
  ~HandCore() { release_all(); }

  void deliver(Frame* frame) override {
    arrived.push_back(frame->header.slot);
    types.push_back(frame->header.type);
    const auto* bytes = reinterpret_cast<const unsigned char*>(frame->words());
    const auto expected = static_cast<unsigned char>(frame->header.slot);
    const std::size_t size = frame->header.bytes - sizeof(FrameHeader);
    EXPECT_EQ(std::count(bytes, bytes + size, expected), static_cast<std::ptrdiff_t>(size));
    kept.push_back(frame);
  }
  void refuse(Frame* frame) override { refused.push_back(frame->header.slot); }
  void release_all() {
    for (Frame* frame : kept) exchange.release(frame);
    kept.clear();
  }

  /// Writes a user frame where it belongs; false if the budget is spent.
  bool tell(unsigned core, std::uint32_t number, std::size_t bytes) {
    const auto place = exchange.begin(core, bytes);
    if (place.header == nullptr) return false;
    fill(*place.header, FrameType::kTell, bytes, number);
    exchange.commit(core, place, bytes);
    return true;
  }
  /// Writes user frames until the budget is spent; the number after the last one.
  std::uint32_t tell_until_full(unsigned core, std::uint32_t number, std::size_t bytes) {
    for (int limit = 100'000; limit > 0; --limit) {
      if (!tell(core, number, bytes)) return number;
      ++number;
    }
    ADD_FAILURE() << "there is no limit";
    return number;
  }
  Frame* new_frame(FrameType type, std::uint32_t number, std::size_t bytes) {
    auto* frame = static_cast<Frame*>(pool_for(reactor, type).allocate(sizeof(Frame*) + bytes));
    fill(frame->header, type, bytes, number);
    return frame;
  }
  void control(unsigned core, std::uint32_t number, std::size_t bytes = sizeof(FrameHeader)) {
    exchange.send(core, new_frame(FrameType::kStop, number, bytes), LaneClass::kControl);
  }
  bool turn() {
    const CoreContext::Bind bind(reactor);
    return reactor.turn();
  }

  HandBackend backend;
  io::Reactor reactor;
  CoreExchange exchange;
  std::vector<std::uint32_t> arrived;
  std::vector<FrameType> types;
  std::vector<std::uint32_t> refused;
  std::vector<Frame*> kept;
};

class CoreExchangeTest : public testing::Test {
 protected:
  static LaneOptions small_lanes() {
    LaneOptions options;
    options.user_ring_bytes = options.control_ring_bytes = 8192;
    options.spill_bytes_max = 256 * 1024;
    return options;
  }
  static std::vector<std::uint32_t> numbers(std::uint32_t count, std::uint32_t first = 0) {
    std::vector<std::uint32_t> all(count);
    for (std::uint32_t i = 0; i < count; ++i) all[i] = first + i;
    return all;
  }
  /// Turns of both until neither has anything left to do; what arrives is let go at once.
  void settle() {
    for (int limit = 100'000; limit > 0; --limit) {
      bool busy = left.turn();
      busy |= right.turn();
      left.release_all();
      right.release_all();
      if (!busy) return;
    }
    ADD_FAILURE() << "there is always something left";
  }

  LaneMesh mesh{2, small_lanes()};
  HandCore left{0, mesh};
  HandCore right{1, mesh};
};

TEST_F(CoreExchangeTest, AFrameArrivesWithTheTurn) {
  ASSERT_TRUE(left.tell(1, 7, 32));
  EXPECT_FALSE(right.turn());
  EXPECT_FALSE(left.turn()) << "all is published: the core may sleep";
  EXPECT_TRUE(right.exchange.has_inbound());
  EXPECT_TRUE(right.turn());
  EXPECT_EQ(right.arrived, numbers(1, 7));
  EXPECT_FALSE(right.exchange.has_inbound());
  EXPECT_EQ(left.exchange.frames_sent(), 1u);
  EXPECT_EQ(right.exchange.frames_received(), 1u);
}

TEST_F(CoreExchangeTest, APublicationThatIsPutOffKeepsTheCoreAwake) {
  left.backend.publishes = false;
  ASSERT_TRUE(left.tell(1, 1, 24));
  EXPECT_TRUE(left.turn());
  EXPECT_TRUE(left.turn());
  EXPECT_FALSE(right.exchange.has_inbound());
  left.backend.publishes = true;
  EXPECT_FALSE(left.turn());
  EXPECT_TRUE(right.exchange.has_inbound());
}

TEST_F(CoreExchangeTest, WakesWhoSleepsAndNobodyElse) {
  left.tell(1, 1, 24);
  left.turn();
  EXPECT_EQ(right.backend.wakes, 0u);
  right.turn();
  ASSERT_TRUE(right.reactor.prepare_sleep());
  left.turn();
  EXPECT_EQ(right.backend.wakes, 0u) << "nothing was published";
  left.tell(1, 2, 24);
  left.control(1, 3);
  left.turn();
  EXPECT_EQ(right.backend.wakes, 1u);
  right.reactor.finish_sleep();
}

TEST_F(CoreExchangeTest, ControlIsTakenBeforeUserMessages) {
  left.tell(1, 1, 24);
  left.tell(1, 2, 24);
  left.control(1, 3);
  left.turn();
  right.turn();
  EXPECT_EQ(right.arrived, (std::vector<std::uint32_t>{3, 1, 2}));
}

TEST_F(CoreExchangeTest, ControlArrivesWhileTheUserLaneIsFull) {
  const std::uint32_t count = left.tell_until_full(1, 0, 1024);
  EXPECT_GT(count, 200u);
  left.control(1, 999);
  EXPECT_TRUE(left.turn()) << "frames are left to publish";
  right.turn();
  ASSERT_FALSE(right.arrived.empty());
  EXPECT_EQ(right.arrived[0], 999u);
  EXPECT_EQ(right.types[0], FrameType::kStop);
  // And in the other direction: a full outbound lane does not stop a core from taking frames in.
  right.tell(0, 5, 24);
  right.turn();
  left.turn();
  EXPECT_EQ(left.arrived, numbers(1, 5));
  settle();
  EXPECT_EQ(right.arrived.size(), count + 1);
}

TEST_F(CoreExchangeTest, OrderIsKeptAcrossRingSpillAndHandOver) {
  constexpr std::size_t kSizes[] = {24, 32, 512, kCopiedFrameMax, kCopiedFrameMax + 8, kLargeFrame};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    right.arrived.clear();
    Random random(seed);
    std::uint32_t sent = 0;
    for (int step = 0; sent < 1000; ++step) {
      ASSERT_LT(step, 100'000) << "there is no room any more";
      const std::size_t bytes = kSizes[random.below(random.one_in(4) ? 6 : 3)];
      switch (random.below(3)) {
        case 0:
          if (left.tell(1, sent, bytes)) ++sent;
          break;
        case 1:
          if (!left.exchange.has_room(1, bytes)) break;
          left.exchange.send(1, left.new_frame(FrameType::kTell, sent++, bytes), LaneClass::kUser);
          break;
        default:
          if (random.one_in(3)) left.turn();
          if (random.one_in(4)) right.turn();
          if (random.one_in(4)) right.release_all();
          break;
      }
    }
    settle();
    ASSERT_EQ(right.arrived, numbers(1000)) << "seed " << seed;
    ASSERT_EQ(left.exchange.spilled_bytes(), 0u);
  }
  EXPECT_GT(left.exchange.spilled_frames(), 1000u);
  EXPECT_EQ(left.exchange.frames_sent(), right.exchange.frames_received());
}

TEST_F(CoreExchangeTest, OrderOfControlIsKeptToo) {
  for (std::uint32_t i = 0; i < 2000; ++i) left.control(1, i, i % 50 == 0 ? kLargeFrame : 24);
  EXPECT_EQ(left.exchange.spilled_bytes(), 0u) << "control is outside the budget";
  settle();
  EXPECT_EQ(right.arrived, numbers(2000));
}

TEST_F(CoreExchangeTest, ForwardedBlocksArriveWhole) {
  // To the right and straight back, with whatever the first hop left in the header.
  left.tell(1, 1, kLargeFrame);
  left.turn();
  right.turn();
  ASSERT_EQ(right.kept.size(), 1u);
  right.exchange.send(0, right.kept[0], LaneClass::kUser);
  right.kept.clear();
  right.turn();
  left.turn();
  EXPECT_EQ(left.arrived, numbers(1, 1));
  settle();
}

TEST_F(CoreExchangeTest, TheBudgetIsRespected) {
  std::uint32_t sent = 0;
  while (left.exchange.has_room(1, 1024)) {
    ASSERT_TRUE(left.tell(1, sent++, 1024));
    ASSERT_LE(left.exchange.spilled_bytes(), mesh.options().spill_bytes_max);
  }
  EXPECT_EQ(left.exchange.spilled_bytes(), mesh.options().spill_bytes_max);
  EXPECT_FALSE(left.tell(1, sent, 1024));
  EXPECT_FALSE(left.tell(1, sent, 24)) << "behind the others, and nothing is left";
  settle();
  EXPECT_EQ(left.exchange.spilled_bytes(), 0u);
  EXPECT_EQ(right.arrived, numbers(sent));
}

TEST_F(CoreExchangeTest, WhatFitsTheRingNeedsNoBudget) {
  LaneOptions options = small_lanes();
  options.spill_bytes_max = 0;
  LaneMesh tight(2, options);
  HandCore sender(0, tight);
  HandCore receiver(1, tight);
  const std::uint32_t sent = sender.tell_until_full(1, 0, 512);
  EXPECT_EQ(sent, 16u);
  EXPECT_FALSE(sender.tell(1, sent, kLargeFrame));
  EXPECT_EQ(sender.exchange.spilled_frames(), 0u);
  sender.turn();
  receiver.turn();
  EXPECT_EQ(receiver.arrived, numbers(16));
}

/// Asks for room again as often as it does not get it.
class Waiter final : public RoomWaiter, public Runnable {
 public:
  Waiter(HandCore& core, std::uint32_t number, bool runs_later)
      : core_(core), number_(number), runs_later_(runs_later) {}
  ~Waiter() { RoomWaiters::remove(*this); }

  void room_available() override {
    ++times_woken;
    if (runs_later_) {
      core_.reactor.ready.push(*this);
    } else {
      run();
    }
  }
  void run() override {
    if (!core_.exchange.has_room(1, kBytes)) {
      core_.exchange.room_waiters().add(*this);
      return;
    }
    core_.tell(1, number_, kBytes);
  }
  unsigned times_woken = 0;

  static constexpr std::size_t kBytes = 64 * 1024;

 private:
  HandCore& core_;
  const std::uint32_t number_;
  const bool runs_later_;
};

TEST_F(CoreExchangeTest, RoomWaitersAreWokenInOrder) {
  const std::uint32_t sent = left.tell_until_full(1, 0, 1024);
  std::vector<std::unique_ptr<Waiter>> waiters;
  for (std::uint32_t i = 0; i < 12; ++i) {
    waiters.push_back(std::make_unique<Waiter>(left, sent + i, i % 2 == 0));
    waiters.back()->run();
  }
  left.turn();
  EXPECT_EQ(waiters[0]->times_woken, 0u) << "no room yet";
  // One gives up before its turn comes.
  waiters[5].reset();
  settle();
  EXPECT_EQ(right.arrived.size(), sent + 11);
  EXPECT_TRUE(left.exchange.room_waiters().empty());
  for (const auto& waiter : waiters) {
    if (waiter != nullptr) EXPECT_GE(waiter->times_woken, 1u);
  }
}

TEST_F(CoreExchangeTest, WhatAWaiterSendsDoesNotStayBehind) {
  for (const bool runs_later : {true, false}) {
    // A full ring, and behind it a few large blocks, which will leave all in one turn.
    const std::uint64_t spilled = left.exchange.spilled_frames();
    while (left.exchange.spilled_frames() == spilled) left.tell(1, 0, 1024);
    left.tell_until_full(1, 0, Waiter::kBytes);
    Waiter waiter(left, 77, runs_later);
    waiter.run();
    // The left core sleeps as soon as it says that it may. What arrives is kept: no block that goes
    // home wakes it.
    bool awake = true;
    for (int step = 0; step < 100; ++step) {
      if (awake || left.exchange.has_inbound()) awake = left.turn();
      right.turn();
    }
    EXPECT_EQ(waiter.times_woken, 1u);
    EXPECT_EQ(right.arrived.back(), 77u) << (runs_later ? "run later" : "sent at once");
    settle();
  }
}

TEST_F(CoreExchangeTest, HandedOverBlocksGoHome) {
  const std::uint64_t calls_right = right.reactor.messages.heap_calls();
  for (std::uint32_t i = 0; i < 10; ++i) left.tell(1, i, kLargeFrame / 8);
  left.turn();
  right.turn();
  ASSERT_EQ(right.kept.size(), 10u);
  for (const Frame* frame : right.kept) {
    EXPECT_TRUE(frame->has(protocols::frame_flag::kHandedOver));
    EXPECT_EQ(frame->header.source_core, 0u);
  }
  EXPECT_EQ(right.reactor.messages.heap_calls(), calls_right) << "nothing was copied";
  right.release_all();
  EXPECT_FALSE(left.exchange.has_inbound());
  EXPECT_FALSE(right.turn());
  EXPECT_TRUE(left.exchange.has_inbound()) << "on their way home, all in one entry";
  EXPECT_TRUE(left.turn());
  EXPECT_TRUE(left.arrived.empty());
  EXPECT_EQ(left.exchange.frames_received(), 0u);
}

TEST_F(CoreExchangeTest, BlocksGoHomeOnceTheControlRingHasRoom) {
  left.tell(1, 1, kLargeFrame);
  left.turn();
  right.turn();
  // To the last entry that fits: nothing waits but the block.
  const std::size_t fits = mesh.options().control_ring_bytes / sizeof(FrameHeader);
  for (std::size_t i = 0; i < fits; ++i) right.control(0, 2);
  EXPECT_FALSE(right.turn());
  EXPECT_EQ(right.exchange.spilled_frames(), 0u);
  right.release_all();
  EXPECT_TRUE(right.turn()) << "the block waits for room";
  left.turn();
  EXPECT_FALSE(right.turn());
  EXPECT_TRUE(left.exchange.has_inbound());
}

TEST_F(CoreExchangeTest, OnlyHeapBlocksAreHandedOver) {
  // A pooled block must not leave its core for good: the border is that of the pools, to the byte.
  for (const std::size_t bytes : {kCopiedFrameMax, kCopiedFrameMax + 8}) {
    const bool large = sizeof(Frame*) + bytes > BlockPool::kPooledBytesMax;
    left.tell(1, 1, bytes);
    left.exchange.send(1, left.new_frame(FrameType::kTell, 2, bytes), LaneClass::kUser);
    left.control(1, 3, bytes);
    left.turn();
    right.turn();
    ASSERT_EQ(right.kept.size(), 3u);
    for (const Frame* frame : right.kept) {
      EXPECT_EQ(frame->has(protocols::frame_flag::kHandedOver), large) << bytes;
    }
    right.release_all();
  }
}

/// Notes when it ran, and travels back if it shall.
class Work final : public Runnable {
 public:
  void init(std::vector<unsigned>& log, unsigned number) {
    log_ = &log;
    number_ = number;
  }
  void run() override {
    log_->push_back(number_);
    core = CoreContext::current().index();
  }
  std::optional<unsigned> core;

 private:
  std::vector<unsigned>* log_ = nullptr;
  unsigned number_ = 0;
};

TEST_F(CoreExchangeTest, WorkRunsOverThereInOrder) {
  // Far more than the control ring holds, and control frames between them.
  constexpr unsigned kWork = 3000;
  std::vector<unsigned> log;
  std::vector<Work> work(kWork);
  for (unsigned i = 0; i < kWork; ++i) {
    work[i].init(log, i);
    left.exchange.send_work(1, work[i]);
    if (i % 3 == 0) left.control(1, i / 3);
    // Room in the ring while older work still waits for it.
    if (i % 500 == 499) {
      left.turn();
      right.turn();
    }
  }
  EXPECT_TRUE(left.turn()) << "work is left that found no room";
  settle();
  EXPECT_EQ(log, numbers(kWork));
  EXPECT_EQ(right.arrived, numbers(kWork / 3));
  for (const Work& each : work) EXPECT_EQ(each.core, 1u);
}

TEST_F(CoreExchangeTest, CopiesNeedNoHeapOnceWarm) {
#if defined(TROUPE_SANITIZED)
  GTEST_SKIP() << "sanitized: no pools";
#endif
  const auto exchange_some = [&] {
    for (std::uint32_t i = 0; i < 200; ++i) {
      left.tell(1, i, 24 + 8 * (i % 128));
      right.tell(0, i, 24 + 8 * (i % 128));
    }
    settle();
  };
  exchange_some();
  const auto calls = [&] {
    return left.reactor.messages.heap_calls() + right.reactor.messages.heap_calls();
  };
  const std::uint64_t warm = calls();
  EXPECT_GT(warm, 0u);
  for (int round = 0; round < 100; ++round) exchange_some();
  EXPECT_EQ(calls(), warm);
}

TEST_F(CoreExchangeTest, NothingLeaksWhereverTheEndComes) {
  // Frames that wait, that are written, that are published, that were taken and go home: a run may
  // end with any of them. The address sanitizer counts.
  for (unsigned step = 0; step < 8; ++step) {
    LaneMesh lanes(2, small_lanes());
    HandCore sender(0, lanes);
    HandCore receiver(1, lanes);
    sender.backend.publishes = step != 1;
    for (std::uint32_t i = 0; i < 6; ++i) {
      sender.tell(1, i, kLargeFrame / 8);
      sender.control(1, i, kLargeFrame / 8);
      sender.tell(1, i, 1024);
    }
    if (step >= 1) sender.turn();
    if (step >= 3) receiver.turn();
    if (step >= 4) receiver.release_all();
    if (step >= 5) receiver.turn();
    if (step >= 6) sender.turn();
    if (step >= 7) sender.tell_until_full(1, 9, kLargeFrame / 8);
  }
}

TEST(CoreExchangeDeathTest, RefusesRingsThatHoldNoTwoFrames) {
  LaneOptions options;
  options.user_ring_bytes = 4096;
  LaneMesh mesh(2, options);
  EXPECT_DEATH(HandCore(0, mesh), "do not fit twice into the rings");
}

}  // namespace
}  // namespace troupe::transport

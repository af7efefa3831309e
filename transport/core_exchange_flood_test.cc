// Floods lanes from all sides at once, in simulation and with threads: everything arrives, whole
// and in order, and no core waits for ever.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "base/core_context.h"
#include "base/random.h"
#include "io/sim/sim_engine.h"
#include "io/threaded_engine.h"
#include "transport/core_exchange.h"
#include "transport/frame_pools.h"

namespace troupe::transport {
namespace {

using protocols::Frame;
using protocols::FrameHeader;
using protocols::FrameType;
using protocols::Word;

struct FloodOptions {
  unsigned cores = 2;
  std::uint32_t frames = 300;  ///< User frames from each core to each other one.
  /// Stops all cores once one has received so many; 0 means when all is done.
  std::uint32_t stop_after = 0;
  LaneOptions lanes = {
      .user_ring_bytes = 8192, .control_ring_bytes = 8192, .spill_bytes_max = 256 * 1024};
  io::ReactorOptions reactor = {};
};

/// What all cores of a run share. Thread: any.
struct Flood {
  explicit Flood(const FloodOptions& options)
      : options(options), mesh(options.cores, options.lanes), unfinished(options.cores) {}

  void stop_all() {
    for (unsigned core = 0; core < options.cores; ++core) mesh.reactor(core).request_stop();
  }

  const FloodOptions options;
  LaneMesh mesh;
  std::atomic<unsigned> unfinished;
};

/// One core: sends its share to every other core in bursts, checks what comes, lets go of it later.
/// Thread: its own.
class FloodCore final : public io::Reactor, public FrameSink, public Runnable, public RoomWaiter {
 public:
  FloodCore(std::uint16_t index, io::Backend& backend, std::uint64_t seed, Flood& flood)
      : Reactor(index, backend, seed, flood.options.reactor),
        exchange_(flood.mesh, *this, *this),
        flood_(flood),
        peers_(flood.options.cores) {
    attach(exchange_);
    left_to_do_ = 2 * (flood.options.cores - 1);
  }
  ~FloodCore() override {
    RoomWaiters::remove(*this);
    for (Frame* frame : kept_) exchange_.release(frame);
  }

  // One burst.
  void run() override {
    for (unsigned i = 0; i < 16; ++i) {
      const unsigned target = static_cast<unsigned>(random.below(flood_.options.cores));
      if (target == index() || peers_[target].sent == flood_.options.frames) continue;
      if (!send_to(target)) return;  // waits for room
    }
    release_some();
    if (sent_all() || stop_requested()) return;
    ready.push(*this);
  }
  void room_available() override { ready.push(*this); }

  void deliver(Frame* frame) override {
    const bool control = frame->header.type == FrameType::kStop;
    Peer& peer = peers_[frame->header.incarnation];
    std::uint32_t& next = control ? peer.controls_received : peer.received;
    EXPECT_EQ(frame->header.slot, next) << "out of order from core " << frame->header.incarnation;
    EXPECT_TRUE(is_whole(*frame));
    ++next;
    ++received_;
    kept_.push_back(frame);
    if (kept_.size() > 64) release_some();
    if (next == flood_.options.frames) did_one();
    if (received_ == flood_.options.stop_after) flood_.stop_all();
  }

  void refuse(Frame*) override { FAIL() << "there is memory"; }

  const CoreExchange& exchange() const { return exchange_; }

 private:
  struct Peer {
    std::uint32_t sent = 0;
    std::uint32_t controls_sent = 0;
    std::uint32_t received = 0;
    std::uint32_t controls_received = 0;
  };

  std::size_t random_bytes() {
    if (random.one_in(32)) return 8 * (3 + random.below(100 * 1024 / 8 - 3));
    return 8 * (3 + random.below(random.one_in(4) ? 512 : 10));
  }
  static Word word_of(const FrameHeader& header, std::size_t index) {
    return (Word{header.slot} << 32 | header.incarnation) * 0x9e3779b97f4a7c15 + index;
  }
  void fill(FrameHeader& header, FrameType type, std::uint32_t number, std::size_t bytes) {
    header = FrameHeader{};
    header.bytes = static_cast<std::uint32_t>(bytes);
    header.type = type;
    header.slot = number;
    header.incarnation = index();
    auto* words = reinterpret_cast<Word*>(&header + 1);
    for (std::size_t i = 0; i < (bytes - sizeof(header)) / 8; ++i) words[i] = word_of(header, i);
  }
  static bool is_whole(const Frame& frame) {
    for (std::size_t i = 0; i < frame.payload_words(); ++i) {
      if (frame.payload()[i] != word_of(frame.header, i)) return false;
    }
    return true;
  }

  /// A user frame by one of the ways there are, and now and then one of control; false if it must
  /// wait for room.
  bool send_to(unsigned target) {
    Peer& peer = peers_[target];
    const std::size_t bytes = random_bytes();
    if (!exchange_.has_room(target, bytes)) {
      exchange_.room_waiters().add(*this);
      return false;
    }
    if (random.one_in(2)) {
      send_block(target, FrameType::kTell, peer.sent, bytes);
    } else {
      const auto place = exchange_.begin(target, bytes);
      EXPECT_NE(place.header, nullptr);
      fill(*place.header, FrameType::kTell, peer.sent, bytes);
      exchange_.commit(target, place, bytes);
    }
    ++peer.sent;
    // As many of control, in fits of their own.
    while (peer.controls_sent < peer.sent &&
           (peer.sent == flood_.options.frames || random.one_in(2))) {
      send_block(target, FrameType::kStop, peer.controls_sent++, random_bytes());
    }
    return true;
  }
  void send_block(unsigned target, FrameType type, std::uint32_t number, std::size_t bytes) {
    auto* frame = static_cast<Frame*>(pool_for(*this, type).allocate(sizeof(Frame*) + bytes));
    fill(frame->header, type, number, bytes);
    exchange_.send(target, frame,
                   type == FrameType::kStop ? LaneClass::kControl : LaneClass::kUser);
  }
  void release_some() {
    for (std::uint64_t count = random.below(kept_.size() + 1); count > 0; --count) {
      exchange_.release(kept_.back());
      kept_.pop_back();
    }
  }
  bool sent_all() const {
    for (unsigned core = 0; core < peers_.size(); ++core) {
      if (core != index() && peers_[core].sent < flood_.options.frames) return false;
    }
    return true;
  }
  void did_one() {
    if (--left_to_do_ != 0) return;
    if (--flood_.unfinished == 0) flood_.stop_all();
  }

  CoreExchange exchange_;
  Flood& flood_;
  std::vector<Peer> peers_;
  std::vector<Frame*> kept_;
  std::uint64_t received_ = 0;
  unsigned left_to_do_ = 0;
};

/// Thread: any.
class FloodFactory final : public io::CoreFactory {
 public:
  explicit FloodFactory(const FloodOptions& options) : flood_(options) {}

  std::unique_ptr<io::Reactor> make(std::uint16_t index, io::Backend& backend,
                                    std::uint64_t seed) override {
    return std::make_unique<FloodCore>(index, backend, seed, flood_);
  }
  void start(io::Reactor& core) override { core.ready.push(static_cast<FloodCore&>(core)); }
  void finish(io::Reactor& core) override {
    const CoreExchange& exchange = static_cast<FloodCore&>(core).exchange();
    sent_ += exchange.frames_sent();
    received_ += exchange.frames_received();
    spilled_ += exchange.spilled_frames();
  }

  std::uint64_t sent() const { return sent_; }
  std::uint64_t received() const { return received_; }
  std::uint64_t spilled() const { return spilled_; }
  std::uint64_t expected() const {
    const std::uint64_t pairs = std::uint64_t{flood_.options.cores} * (flood_.options.cores - 1);
    return pairs * 2 * flood_.options.frames;
  }

 private:
  Flood flood_;
  std::atomic<std::uint64_t> sent_ = 0, received_ = 0, spilled_ = 0;
};

void expect_everything(const FloodFactory& factory) {
  EXPECT_EQ(factory.sent(), factory.expected());
  EXPECT_EQ(factory.received(), factory.expected());
  EXPECT_GT(factory.spilled(), 0u) << "too little for these rings";
}

TEST(CoreExchangeFlood, EverythingArrivesInSimulation) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    FloodOptions options;
    options.cores = 2 + static_cast<unsigned>(seed % 3);
    FloodFactory factory(options);
    io::SimEngine engine({.seed = seed,
                          .cores = options.cores,
                          .publish_delay_one_in = static_cast<unsigned>(seed % 4)});
    const Status ended = engine.run(factory);
    ASSERT_TRUE(ended.ok()) << "seed " << seed << ": " << ended.error().describe();
    expect_everything(factory);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(CoreExchangeFlood, NothingLeaksIfTheRunEndsInTheMiddle) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    FloodOptions options;
    options.cores = 3;
    options.stop_after = 20 + static_cast<std::uint32_t>(seed) * 17;
    FloodFactory factory(options);
    io::SimEngine engine({.seed = seed, .cores = options.cores, .publish_delay_one_in = 3});
    EXPECT_TRUE(engine.run(factory).ok());
    EXPECT_LT(factory.received(), factory.expected());
  }
}

void flood_threads(FloodOptions options) {
  FloodFactory factory(options);
  io::ThreadedEngine engine({.cores = options.cores, .pin = false});
  const Status ended = engine.run(factory);
  ASSERT_TRUE(ended.ok()) << ended.error().describe();
  if (options.stop_after == 0) expect_everything(factory);
}

TEST(CoreExchangeFlood, EverythingArrivesBetweenThreads) {
  for (unsigned cores : {2u, 3u, 4u}) {
    FloodOptions options;
    options.cores = cores;
    options.frames = 6000 / (cores * cores);
    flood_threads(options);
  }
}

TEST(CoreExchangeFlood, EverythingArrivesWhereNobodyPolls) {
  // Each wait becomes a sleep, and a wake-up that is forgotten becomes a hang.
  FloodOptions options;
  options.frames = 2000;
  options.reactor.spin_max = Duration(0);
  flood_threads(options);
}

TEST(CoreExchangeFlood, NothingLeaksIfThreadsEndInTheMiddle) {
  for (std::uint32_t stop_after : {1u, 100u, 1500u}) {
    FloodOptions options;
    options.cores = 3;
    options.frames = 2000;
    options.stop_after = stop_after;
    flood_threads(options);
  }
}

}  // namespace
}  // namespace troupe::transport

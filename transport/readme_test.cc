// The worked example of README.md; tests/readmes_test.sh holds it against what is compiled here.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "io/engine.h"
#include "io/sim/sim_engine.h"
#include "transport/core_exchange.h"

namespace troupe::transport {
namespace {

using protocols::Frame;
using protocols::FrameHeader;
using protocols::Word;

class GreetingCore final : public io::Reactor, public FrameSink {
 public:
  GreetingCore(std::uint16_t index, io::Backend& backend, std::uint64_t seed, LaneMesh& mesh)
      : Reactor(index, backend, seed), exchange_(mesh, *this, *this), mesh_(mesh) {
    attach(exchange_);
  }
  void greet(unsigned core) {
    constexpr std::uint32_t kBytes = sizeof(FrameHeader) + sizeof(Word);
    const auto place = exchange_.begin(core, kBytes);
    if (place.header == nullptr) return;  // The budget is spent.
    *place.header = FrameHeader{};
    place.header->bytes = kBytes;
    place.words()[0] = 42;
    exchange_.commit(core, place, kBytes);  // Visible there when this turn ends.
  }
  void deliver(Frame* frame) override {
    EXPECT_EQ(frame->payload()[0], 42u);
    exchange_.release(frame);
    for (unsigned core = 0; core < mesh_.cores(); ++core) mesh_.reactor(core).request_stop();
  }
  void refuse(Frame*) override { FAIL() << "no memory for a greeting"; }

 private:
  CoreExchange exchange_;
  LaneMesh& mesh_;
};

class GreetingFactory final : public io::CoreFactory {
 public:
  std::unique_ptr<io::Reactor> make(std::uint16_t index, io::Backend& backend,
                                    std::uint64_t seed) override {
    return std::make_unique<GreetingCore>(index, backend, seed, mesh_);
  }
  void start(io::Reactor& core) override {
    if (core.index() == 0) static_cast<GreetingCore&>(core).greet(1);
  }
  void finish(io::Reactor&) override {}

 private:
  LaneMesh mesh_{2, LaneOptions()};
};

TEST(Readme, GreetsAnotherCore) {
  GreetingFactory factory;
  io::SimEngine engine;
  const Status ended = engine.run(factory);
  EXPECT_TRUE(ended.ok());
}

}  // namespace
}  // namespace troupe::transport

// Payloads of any bytes: what the validator lets through is read whole through generated code.
// Under the sanitizers a read beyond the payload ends the process. The first byte chooses the
// message.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <span>

#include "base/check.h"
#include "codegen/golden/fuzz/messages.h"
#include "protocols/frame.h"
#include "protocols/validator.h"

namespace troupe {
namespace {

/// A frame without parts whose payload these words are; one word more would be beyond its block.
class FuzzedFrame {
 public:
  explicit FuzzedFrame(std::span<const std::uint8_t> payload)
      : words_(payload.size() / sizeof(protocols::Word)),
        block_(new std::byte[sizeof(protocols::Frame) + words_ * sizeof(protocols::Word)]) {
    std::memset(block_.get(), 0, sizeof(protocols::Frame));
    frame().header.bytes = static_cast<std::uint32_t>(sizeof(protocols::FrameHeader) +
                                                      words_ * sizeof(protocols::Word));
    if (words_ > 0) {
      std::memcpy(frame().payload(), payload.data(), words_ * sizeof(protocols::Word));
    }
  }

  protocols::Frame& frame() { return *reinterpret_cast<protocols::Frame*>(block_.get()); }
  std::span<const protocols::Word> payload() { return {frame().payload(), words_}; }

 private:
  std::size_t words_;
  std::unique_ptr<std::byte[]> block_;
};

void read_if_valid(std::span<const std::uint8_t> data) {
  if (data.empty()) return;
  const FuzzedMessage& message = kFuzzedMessages[data[0] % std::size(kFuzzedMessages)];
  const protocols::StructShape* shape = message.type.shape_of(message.kind, message.is_reply);
  TROUPE_CHECK(shape != nullptr, "message %u of %s has no shape", message.kind, message.type.name);
  FuzzedFrame fuzzed(data.subspan(1));
  if (protocols::find_malformation(fuzzed.payload(), *shape)) return;
  Touch touch;
  message.read(fuzzed.frame(), touch);
  [[maybe_unused]] static volatile std::uint64_t kept = 0;
  kept = touch.sum();
}

}  // namespace
}  // namespace troupe

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  troupe::read_if_valid({data, size});
  return 0;
}

// What hostile clients send: the parser neither crashes nor keeps more than it was given, and what
// it finds does not depend on how the bytes arrive. The first byte says in which pieces.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "examples/kv/resp_parser.h"

namespace kv {
namespace {

// Small, so that inputs of a few bytes reach them.
constexpr RequestLimits kLimits{512, 128, 16};

struct Found {
  std::vector<std::string> arguments;
  std::vector<std::size_t> counts;  // of each command
  std::string error;
  bool operator==(const Found&) const = default;
};

Found parse(std::string_view bytes, std::size_t step) {
  RequestParser parser(kLimits);
  Found found;
  std::vector<char> buffer;
  std::size_t arrived = 0;
  while (arrived < bytes.size()) {
    const std::string_view piece = bytes.substr(arrived, step);
    arrived += piece.size();
    // A new block of exactly this size, for AddressSanitizer.
    std::vector<char> grown;
    grown.reserve(buffer.size() + piece.size());
    grown.insert(grown.end(), buffer.begin(), buffer.end());
    grown.insert(grown.end(), piece.begin(), piece.end());
    buffer.swap(grown);
    for (;;) {
      const ParseOutcome outcome = parser.parse({buffer.data(), buffer.size()});
      TROUPE_CHECK(parser.consumed() <= buffer.size(), "consumed more than there was");
      if (outcome == ParseOutcome::kCommand) {
        const auto arguments = parser.arguments();
        TROUPE_CHECK(!arguments.empty() && arguments.size() <= kLimits.arguments_max,
                     "a command of %zu arguments", arguments.size());
        TROUPE_CHECK(parser.consumed() > 0, "a command of nothing");
        found.counts.push_back(arguments.size());
        found.arguments.insert(found.arguments.end(), arguments.begin(), arguments.end());
      } else if (outcome == ParseOutcome::kError) {
        TROUPE_CHECK(parser.error().starts_with("Protocol error: "), "an error without a text");
        found.error = parser.error();
        return found;
      }
      buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(parser.consumed()));
      if (outcome == ParseOutcome::kNeedMore) break;
    }
    // An array is refused before it exceeds its limit; a line may be as long as in Redis.
    TROUPE_CHECK(parser.needed() <= kLimits.request_bytes_max, "needs %zu bytes", parser.needed());
  }
  return found;
}

}  // namespace
}  // namespace kv

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const kv::Found whole = kv::parse(bytes, bytes.size() + 1);
  const kv::Found pieces = kv::parse(bytes, 1 + data[0] % 64);
  TROUPE_CHECK(whole == pieces, "in pieces of %d bytes it is something else", 1 + data[0] % 64);
  return 0;
}

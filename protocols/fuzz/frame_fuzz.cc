// Whatever the validator lets through is read whole, under the sanitizers, and Cap'n Proto's own
// library must read it too.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "protocols/frame.h"
#include "protocols/frame_check.h"
#include "protocols/fuzz/read_all.h"
#include "protocols/struct_reader.h"
#include "protocols/test_orders.h"
#include "protocols/validator.h"

namespace troupe::protocols {
namespace {

/// Keeps what was read from being left out as unused.
volatile std::uint64_t read_sum;

void expect_readable(std::span<const Word> payload, const char* structure) {
  const StructShape& shape = test_orders::shape_of(structure);
  ReadAll all;
  all.read(StructReader::root(payload.data()), shape);
  read_sum = all.sum();
  const std::string refusal = test_orders::library_refusal(payload, structure);
  TROUPE_CHECK(refusal.empty(), "the validator took for a %s what the library refuses: %s",
               structure, refusal.c_str());
}

/// A frame if it is one, whose kind chooses the shape; otherwise a payload.
void run(std::span<const Word> words) {
  constexpr std::size_t kShapes = std::size(test_orders::kStructures);
  if (const auto payload = check_frame(words); payload.ok()) {
    FrameHeader header;
    std::memcpy(&header, words.data(), sizeof(header));
    const char* structure = test_orders::kStructures[header.kind % kShapes];
    if (!validate_frame(words, test_orders::shape_of(structure)).ok()) return;
    // Denials and the like were held against shapes of their own.
    const bool by_contract = header.type <= FrameType::kReply;
    if (by_contract) expect_readable(*payload, structure);
    return;
  }
  const char* structure = test_orders::kStructures[words.size() % kShapes];
  if (find_malformation(words, test_orders::shape_of(structure))) return;
  expect_readable(words, structure);
}

}  // namespace
}  // namespace troupe::protocols

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // In a block of its own, without room behind its end.
  std::vector<troupe::protocols::Word> words(size / sizeof(troupe::protocols::Word));
  if (!words.empty()) std::memcpy(words.data(), data, words.size() * sizeof(words[0]));
  troupe::protocols::run(words);
  return 0;
}

// Messages of several segments, made flat: what comes out and is valid can be read whole.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/check.h"
#include "base/result.h"
#include "protocols/flatten.h"
#include "protocols/fuzz/read_all.h"
#include "protocols/struct_reader.h"
#include "protocols/test_orders.h"
#include "protocols/validator.h"

namespace troupe::protocols {
namespace {

volatile std::uint64_t read_sum;

void run(std::span<const std::byte> message) {
  constexpr const char* kStructure = "NewOrder";
  const auto flat = flatten(message);
  if (!flat.ok()) return;
  TROUPE_CHECK(flat->size() * sizeof(Word) <= message.size(), "%zu words of %zu bytes",
               flat->size(), message.size());
  const StructShape& shape = test_orders::shape_of(kStructure);
  if (find_malformation(*flat, shape)) return;
  ReadAll all;
  all.read(StructReader::root(flat->data()), shape);
  read_sum = all.sum();
  const std::string refusal = test_orders::library_refusal(*flat, kStructure);
  TROUPE_CHECK(refusal.empty(), "the validator took what the library refuses: %s", refusal.c_str());
}

}  // namespace
}  // namespace troupe::protocols

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  troupe::protocols::run(std::as_bytes(std::span(data, size)));
  return 0;
}

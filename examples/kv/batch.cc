#include "examples/kv/batch.h"

#include <algorithm>
#include <utility>

namespace kv {

void Batch::grow(std::size_t bytes) {
  constexpr std::size_t kBytesMin = 64;
  const std::size_t capacity = std::max({2 * capacity_, size_ + bytes, bytes_expected_, kBytesMin});
  auto grown = std::make_unique_for_overwrite<char[]>(capacity);
  std::copy_n(bytes_.get(), size_, grown.get());
  bytes_ = std::move(grown);
  capacity_ = capacity;
}

}  // namespace kv

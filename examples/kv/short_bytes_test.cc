// Copies and comparisons of every short length, and of some that are longer.
#include "examples/kv/short_bytes.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace kv {
namespace {

constexpr std::size_t kSizes = 3 * kShortBytesMax;

std::string text_of(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('0' + i);
  return text;
}

TEST(ShortBytes, CopiesAllBytesAndNoOther) {
  for (std::size_t size = 0; size < kSizes; ++size) {
    const std::string text = text_of(size);
    std::string to(size + 2, '#');
    EXPECT_EQ(copy_bytes(to.data() + 1, text), to.data() + 1 + size);
    EXPECT_EQ(to, "#" + text + "#");
  }
}

TEST(ShortBytes, CopiesWhatOverlaps) {
  for (std::size_t size = 0; size < kSizes; ++size) {
    for (std::size_t shift = 0; shift <= size; ++shift) {
      std::string bytes = text_of(size + shift);
      const std::string front = bytes.substr(0, size);
      copy_bytes(bytes.data() + shift, std::string_view(bytes).substr(0, size));
      EXPECT_EQ(bytes.substr(shift), front) << size << " bytes moved up by " << shift;

      bytes = text_of(size + shift);
      const std::string back = bytes.substr(shift);
      copy_bytes(bytes.data(), std::string_view(bytes).substr(shift));
      EXPECT_EQ(bytes.substr(0, size), back) << size << " bytes moved down by " << shift;
    }
  }
}

TEST(ShortBytes, EveryByteCounts) {
  for (std::size_t size = 0; size < kSizes; ++size) {
    const std::string text = text_of(size);
    // Of exactly this size: a sanitizer sees a byte too many.
    const auto other = std::make_unique<char[]>(size);
    copy_bytes(other.get(), text);
    EXPECT_TRUE(equal_bytes(text.data(), other.get(), size)) << size;
    for (std::size_t i = 0; i < size; ++i) {
      other[i] ^= 0x40;
      EXPECT_FALSE(equal_bytes(text.data(), other.get(), size)) << size << ", byte " << i;
      other[i] ^= 0x40;
    }
  }
}

}  // namespace
}  // namespace kv

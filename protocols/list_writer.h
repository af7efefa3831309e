// ListWriter: writes a Cap'n Proto list and its elements. What users see of it is list.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "protocols/frame.h"
#include "protocols/scalar_bits.h"
#include "protocols/struct_size.h"
#include "protocols/struct_writer.h"
#include "protocols/wire_pointer.h"

namespace troupe::protocols {

/// Writes one list, which is not empty: an empty one is a null pointer. What its elements reach
/// goes behind everything written so far. Valid as long as the MessageWriter.
class ListWriter {
 public:
  /// Numbers, booleans or pointers, all zero.
  ListWriter(StructWriter parent, unsigned index, ElementSize element, std::size_t size)
      : end_(parent.end_) {
    const std::size_t words = list_words(element, size);
    elements_ = parent.place_list(index, element, size, words);
    std::memset(elements_, 0, words * sizeof(Word));
  }
  /// Structs, all zero.
  ListWriter(StructWriter parent, unsigned index, StructSize element, std::size_t size)
      : end_(parent.end_), element_(element) {
    TROUPE_CHECK(size <= kListElementsMax, "a list of %zu elements exceeds Cap'n Proto's %zu", size,
                 kListElementsMax);
    TROUPE_CHECK(
        element.words() != 0 || size <= kZeroSizedElementsMax,
        "a list of %zu elements without fields exceeds the limit of %zu; send their number", size,
        kZeroSizedElementsMax);
    const std::size_t words = size * element.words();
    Word* tag = parent.place_list(index, ElementSize::kComposite, words, 1 + words);
    *tag = list_tag(size, element);
    elements_ = tag + 1;
    std::memset(elements_, 0, words * sizeof(Word));
  }

  /// A list of numbers, which lie packed at `from`.
  static void copy(StructWriter parent, unsigned index, ElementSize element, std::size_t size,
                   const void* from) {
    const std::size_t words = list_words(element, size);
    Word* start = parent.place_list(index, element, size, words);
    start[words - 1] = 0;  // the padding
    std::memcpy(start, from, size * element_bits(element) / 8);
  }

  void set_bool(std::size_t index, bool value) {
    if (value) elements_[index / 64] |= Word{1} << (index % 64);
  }
  /// A struct of a list of them.
  StructWriter structure(std::size_t index) {
    Word* data = elements_ + index * element_.words();
    return {end_, data, data + element_.data_words};
  }
  /// The elements of a list of texts, bytes or lists, as if they were the pointers of a struct.
  StructWriter pointers() { return {end_, elements_, elements_}; }

 private:
  Word** end_;
  Word* elements_;
  StructSize element_{0, 0};
};

}  // namespace troupe::protocols

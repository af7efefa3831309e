// ListReader: elements of a Cap'n Proto list, read where they lie. What users see of it is list.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "protocols/frame.h"
#include "protocols/scalar_bits.h"
#include "protocols/struct_reader.h"
#include "protocols/wire_pointer.h"

namespace troupe::protocols {

/// A view of a list in a valid single-segment message, 16 bytes. The size of structs comes from the
/// list's tag, so lists written by older and newer schemas read as the encoding demands. Valid as
/// long as the frame. Checks no bounds: neither the message's (validator.h does) nor its own.
class ListReader {
 public:
  ListReader() = default;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// A number of a list of them.
  template <Scalar T>
  T get(std::size_t index) const {
    T value;
    std::memcpy(&value, data() + index * sizeof(T), sizeof(T));
    return value;
  }
  /// A bit of a list of booleans.
  bool get_bool(std::size_t index) const {
    return (elements_[index / 64] >> (index % 64) & 1) != 0;
  }
  /// A struct of a list of them.
  StructReader structure(std::size_t index) const {
    return {elements_ + index * element_.words(), element_};
  }
  /// The elements of a list of texts, bytes or lists, as if they were the pointers of a struct.
  StructReader pointers() const { return {elements_, size_}; }

  /// Where the elements lie; numbers are packed.
  const std::byte* data() const { return reinterpret_cast<const std::byte*>(elements_); }
  /// Of each struct of a list of them.
  StructSize element() const { return element_; }

 private:
  friend class StructReader;
  explicit ListReader(const Word* pointer) {
    const Word value = *pointer;
    elements_ = pointer + 1 + offset_of(value);
    size_ = static_cast<std::uint32_t>(list_size_of(value));
    if (element_size_of(value) != ElementSize::kComposite) return;
    const Word tag = *elements_++;
    size_ = static_cast<std::uint32_t>(tag_size_of(tag));
    element_ = struct_size_of(tag);
  }

  const Word* elements_ = nullptr;
  std::uint32_t size_ = 0;
  StructSize element_{0, 0};
};
static_assert(sizeof(ListReader) == 16);

inline ListReader StructReader::list(unsigned index) const {
  return is_null(index) ? ListReader() : ListReader(pointers_ + index);
}

}  // namespace troupe::protocols

// StructReader: fields of a Cap'n Proto struct, read where they lie. Knows the encoding, no schema.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "protocols/frame.h"
#include "protocols/scalar_bits.h"
#include "protocols/wire_pointer.h"

namespace troupe::protocols {

class ListReader;

/// A view of a struct in a valid single-segment message. Its extent comes from the struct pointer,
/// so structs written by older and newer schemas read as the encoding demands: what is absent is
/// the default. Valid as long as the frame. Does not check bounds of the message: frames written by
/// this process are valid by construction, all others are validated whole (validator.h) before
/// anybody reads them.
class StructReader {
 public:
  StructReader() = default;

  /// The root struct of the message whose root pointer is `words[0]`.
  static StructReader root(const Word* words) { return StructReader(words); }

  /// A scalar; `offset` counts in units of T, as schemas do. On the wire it is XORed with its
  /// default, so that a default is all zero.
  template <Scalar T>
  T get(unsigned offset, T default_value = T{}) const {
    if ((offset + 1) * sizeof(T) > data_words_ * sizeof(Word)) [[unlikely]]
      return default_value;
    T value;
    std::memcpy(&value, reinterpret_cast<const char*>(data_) + offset * sizeof(T), sizeof(T));
    return xor_bits(value, default_value);
  }
  /// A boolean; `offset` counts bits.
  bool get_bool(unsigned offset, bool default_value = false) const {
    if (offset >= data_words_ * 64u) return default_value;
    return ((data_[offset / 64] >> (offset % 64)) & 1) != Word{default_value};
  }

  /// Text without its final NUL; the default if absent.
  std::string_view text(unsigned index, std::string_view default_value = {}) const {
    if (is_null(index)) return default_value;
    const std::span<const std::byte> all = bytes(index);
    if (all.empty()) return {};
    return {reinterpret_cast<const char*>(all.data()), all.size() - 1};
  }
  std::span<const std::byte> bytes(unsigned index) const {
    if (is_null(index)) return {};
    const Word* at = pointers_ + index;
    return {reinterpret_cast<const std::byte*>(at + 1 + offset_of(*at)), list_size_of(*at)};
  }
  /// A struct field; a reader of defaults if absent.
  StructReader structure(unsigned index) const {
    return index < pointer_count_ ? StructReader(pointers_ + index) : StructReader();
  }
  /// A list field; empty if absent. Defined in list_reader.h.
  ListReader list(unsigned index) const;

  unsigned data_words() const { return data_words_; }
  unsigned pointer_count() const { return pointer_count_; }
  /// The data section, for the few who change it in place (a reply-to handle that is taken).
  const Word* data() const { return data_; }

 private:
  friend class ListReader;
  explicit StructReader(const Word* pointer) {
    const Word value = *pointer;
    if (value == 0) return;
    *this = StructReader(pointer + 1 + offset_of(value), struct_size_of(value));
  }
  StructReader(const Word* data, StructSize size)
      : data_(data),
        pointers_(data + size.data_words),
        pointer_count_(size.pointer_count),
        data_words_(size.data_words) {}
  /// The elements of a list of pointers, as the pointers of a struct without data.
  StructReader(const Word* pointers, std::uint32_t count)
      : data_(pointers), pointers_(pointers), pointer_count_(count) {}

  bool is_null(unsigned index) const { return index >= pointer_count_ || pointers_[index] == 0; }

  const Word* data_ = nullptr;
  const Word* pointers_ = nullptr;
  std::uint32_t pointer_count_ = 0;  // 16 bits in a struct, 29 in a list of pointers
  std::uint16_t data_words_ = 0;
};
static_assert(sizeof(StructReader) == 24);

static_assert(std::endian::native == std::endian::little,
              "frames are read in place: little endian");

}  // namespace troupe::protocols

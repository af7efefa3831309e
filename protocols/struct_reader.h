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

namespace troupe::protocols {

/// A view of a struct in a valid single-segment message. Its extent comes from the struct pointer,
/// so structs written by older and newer schemas read as the encoding demands: what is absent is
/// the default. Valid as long as the frame. Does not check bounds of the message: frames written by
/// this process are valid by construction, all others are validated whole before anybody reads
/// them.
class StructReader {
 public:
  StructReader() = default;

  /// The root struct of the message whose root pointer is `words[0]`.
  static StructReader root(const Word* words) { return StructReader(words); }

  /// A scalar; `offset` counts in units of T, as schemas do.
  template <class T>
    requires std::is_arithmetic_v<T>
  T get(unsigned offset) const {
    if ((offset + 1) * sizeof(T) > data_words_ * sizeof(Word)) [[unlikely]]
      return T{};
    T value;
    std::memcpy(&value, reinterpret_cast<const char*>(data_) + offset * sizeof(T), sizeof(T));
    return value;
  }
  /// A boolean; `offset` counts bits.
  bool get_bool(unsigned offset) const {
    if (offset >= data_words_ * 64) return false;
    return (data_[offset / 64] >> (offset % 64)) & 1;
  }

  /// Text without its final NUL; empty if absent.
  std::string_view text(unsigned index) const {
    const std::span<const std::byte> all = bytes(index);
    if (all.empty()) return {};
    return {reinterpret_cast<const char*>(all.data()), all.size() - 1};
  }
  std::span<const std::byte> bytes(unsigned index) const {
    if (index >= pointer_count_) return {};
    const Word* at = pointers_ + index;
    if (*at == 0) return {};
    const Word* start = at + 1 + offset_of(*at);
    return {reinterpret_cast<const std::byte*>(start), static_cast<std::size_t>(*at >> 35)};
  }
  /// A struct field; a reader of defaults if absent.
  StructReader structure(unsigned index) const {
    return index < pointer_count_ ? StructReader(pointers_ + index) : StructReader();
  }

  unsigned data_words() const { return data_words_; }
  unsigned pointer_count() const { return pointer_count_; }
  /// The data section, for the few who change it in place (a reply-to handle that is taken).
  const Word* data() const { return data_; }

 private:
  explicit StructReader(const Word* pointer) {
    const Word value = *pointer;
    if (value == 0) return;
    data_ = pointer + 1 + offset_of(value);
    data_words_ = static_cast<std::uint16_t>(value >> 32);
    pointer_count_ = static_cast<std::uint16_t>(value >> 48);
    pointers_ = data_ + data_words_;
  }
  /// Bits 2 to 31, signed: words from the end of the pointer to the start of the object.
  static std::ptrdiff_t offset_of(Word pointer) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(pointer)) >> 2;
  }

  const Word* data_ = nullptr;
  const Word* pointers_ = nullptr;
  std::uint16_t data_words_ = 0;
  std::uint16_t pointer_count_ = 0;
};

static_assert(std::endian::native == std::endian::little,
              "frames are read in place: little endian");

}  // namespace troupe::protocols

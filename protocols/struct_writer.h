// StructWriter: writes a Cap'n Proto struct at offsets that the schema compiler computed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/check.h"
#include "protocols/frame.h"
#include "protocols/scalar_bits.h"
#include "protocols/struct_size.h"
#include "protocols/wire_pointer.h"

namespace troupe::protocols {

/// Words of a list of bytes, and of a text with its final NUL; 0 for an empty list (a null
/// pointer).
constexpr std::size_t bytes_words(std::size_t size) { return words_for(size); }
constexpr std::size_t text_words(std::size_t size) { return size == 0 ? 0 : words_for(size + 1); }
/// Of a text that is written even when it is empty, because its field has a default.
constexpr std::size_t text_words_always(std::size_t size) { return words_for(size + 1); }

/// Writes the fields of one struct; what its pointers reach goes behind everything written so far.
/// Comes from MessageWriter::root() or structure(); valid as long as the MessageWriter.
class StructWriter {
 public:
  /// A scalar; `offset` counts in units of T, as schemas do. XORed with its default.
  template <Scalar T>
  void set(unsigned offset, T value, std::type_identity_t<T> default_value = T{}) {
    const T encoded = xor_bits(value, default_value);
    std::memcpy(reinterpret_cast<char*>(data_) + offset * sizeof(T), &encoded, sizeof(T));
  }
  /// A boolean; `offset` counts bits.
  void set_bool(unsigned offset, bool value, bool default_value = false) {
    if (value != default_value) data_[offset / 64] |= Word{1} << (offset % 64);
  }
  void set_text(unsigned index, std::string_view text) {
    if (!text.empty()) set_text_always(index, text);
  }
  /// For a field with a default, which a null pointer would read as: an empty text is a lone NUL.
  void set_text_always(unsigned index, std::string_view text) {
    copy_bytes(index, text.data(), text.size(), text.size() + 1);
  }
  void set_bytes(unsigned index, std::span<const std::byte> bytes) {
    if (!bytes.empty()) copy_bytes(index, bytes.data(), bytes.size(), bytes.size());
  }
  /// A struct field, empty so far.
  StructWriter structure(unsigned index, unsigned data_words, unsigned pointer_count) {
    return StructWriter(*end_, pointers_ + index, data_words, pointer_count);
  }

 private:
  friend class MessageWriter;
  friend class ListWriter;
  StructWriter(Word*& end, Word* pointer, unsigned data_words, unsigned pointer_count)
      : end_(&end) {
    place(pointer, data_words, pointer_count);
  }
  /// What is placed already: an element of a list.
  StructWriter(Word** end, Word* data, Word* pointers)
      : end_(end), data_(data), pointers_(pointers) {}

  void place(Word* pointer, unsigned data_words, unsigned pointer_count) {
    data_ = *end_;
    pointers_ = data_ + data_words;
    *end_ = pointers_ + pointer_count;
    for (Word* word = data_; word != *end_; ++word) *word = 0;
    // A struct without content points at itself (offset -1), so that it is not taken for null.
    const std::ptrdiff_t offset = data_words + pointer_count == 0 ? -1 : data_ - (pointer + 1);
    *pointer = struct_pointer(offset, {static_cast<std::uint16_t>(data_words),
                                       static_cast<std::uint16_t>(pointer_count)});
  }

  void copy_bytes(unsigned index, const void* from, std::size_t size, std::size_t elements) {
    Word* start = place_list(index, ElementSize::kOneByte, elements, words_for(elements));
    start[words_for(elements) - 1] = 0;  // the padding, and the NUL of a text
    if (size != 0) std::memcpy(start, from, size);
  }

  /// Takes `words` words for a list, and has a pointer to them; their content is up to the caller.
  Word* place_list(unsigned index, ElementSize element, std::size_t size, std::size_t words) {
    TROUPE_CHECK(size <= kListElementsMax, "a list of %zu elements exceeds Cap'n Proto's %zu", size,
                 kListElementsMax);
    Word* pointer = pointers_ + index;
    Word* start = *end_;
    *pointer = list_pointer(start - (pointer + 1), element, size);
    *end_ = start + words;
    return start;
  }

  Word** end_;
  Word* data_ = nullptr;
  Word* pointers_ = nullptr;
};

/// Writes one message of one segment at `words`. The caller made room: one word for the root
/// pointer, and the words of all structs, texts and byte lists.
class MessageWriter {
 public:
  explicit MessageWriter(Word* words) : words_(words), end_(words + 1) {}
  MessageWriter(const MessageWriter&) = delete;
  MessageWriter& operator=(const MessageWriter&) = delete;

  StructWriter root(unsigned data_words, unsigned pointer_count) {
    return StructWriter(end_, words_, data_words, pointer_count);
  }
  /// Words written so far.
  std::size_t size() const { return static_cast<std::size_t>(end_ - words_); }

 private:
  Word* words_;
  Word* end_;
};

}  // namespace troupe::protocols

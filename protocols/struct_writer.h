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

namespace troupe::protocols {

/// Words of a list of bytes, and of a text with its final NUL; 0 for an empty list (a null
/// pointer).
constexpr std::size_t bytes_words(std::size_t size) { return words_for(size); }
constexpr std::size_t text_words(std::size_t size) { return size == 0 ? 0 : words_for(size + 1); }

/// Cap'n Proto counts list elements in 29 bits.
inline constexpr std::size_t kListBytesMax = (std::size_t{1} << 29) - 1;

/// Writes the fields of one struct; what its pointers reach goes behind everything written so far.
/// Comes from MessageWriter::root() or structure(); valid as long as the MessageWriter.
class StructWriter {
 public:
  /// A scalar; `offset` counts in units of T, as schemas do.
  template <class T>
    requires std::is_arithmetic_v<T>
  void set(unsigned offset, T value) {
    std::memcpy(reinterpret_cast<char*>(data_) + offset * sizeof(T), &value, sizeof(T));
  }
  /// A boolean; `offset` counts bits.
  void set_bool(unsigned offset, bool value) {
    if (value) data_[offset / 64] |= Word{1} << (offset % 64);
  }
  void set_text(unsigned index, std::string_view text) {
    if (!text.empty()) write_list(index, text.data(), text.size(), text.size() + 1);
  }
  void set_bytes(unsigned index, std::span<const std::byte> bytes) {
    if (!bytes.empty()) write_list(index, bytes.data(), bytes.size(), bytes.size());
  }
  /// A struct field, empty so far.
  StructWriter structure(unsigned index, unsigned data_words, unsigned pointer_count) {
    return StructWriter(*end_, pointers_ + index, data_words, pointer_count);
  }

 private:
  friend class MessageWriter;
  StructWriter(Word*& end, Word* pointer, unsigned data_words, unsigned pointer_count)
      : end_(&end) {
    place(pointer, data_words, pointer_count);
  }

  void place(Word* pointer, unsigned data_words, unsigned pointer_count) {
    data_ = *end_;
    pointers_ = data_ + data_words;
    *end_ = pointers_ + pointer_count;
    for (Word* word = data_; word != *end_; ++word) *word = 0;
    // A struct without content points at itself (offset -1), so that it is not taken for null.
    const std::ptrdiff_t offset = data_words + pointer_count == 0 ? -1 : data_ - (pointer + 1);
    *pointer = static_cast<Word>(static_cast<std::uint32_t>(offset) << 2) |
               static_cast<Word>(data_words) << 32 | static_cast<Word>(pointer_count) << 48;
  }

  void write_list(unsigned index, const void* from, std::size_t size, std::size_t elements) {
    constexpr Word kListTag = 1;
    constexpr Word kByteElements = 2;
    TROUPE_CHECK(elements <= kListBytesMax, "a list of %zu bytes exceeds Cap'n Proto's %zu",
                 elements, kListBytesMax);
    Word* pointer = pointers_ + index;
    Word* start = *end_;
    const std::size_t words = words_for(elements);
    start[words - 1] = 0;  // the padding, and the NUL of a text
    std::memcpy(start, from, size);
    *pointer = kListTag |
               static_cast<Word>(static_cast<std::uint32_t>(start - (pointer + 1)) << 2) |
               kByteElements << 32 | static_cast<Word>(elements) << 35;
    *end_ = start + words;
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

// List<T>: the list fields of messages, one view for what is sent and for what was received.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/check.h"
#include "protocols/frame.h"
#include "protocols/list_reader.h"
#include "protocols/list_writer.h"
#include "protocols/struct_reader.h"
#include "protocols/struct_writer.h"

namespace troupe {

template <class T>
class List;

namespace detail {

template <class T>
inline constexpr bool kIsList = false;
template <class T>
inline constexpr bool kIsList<List<T>> = true;

/// Enums of contracts: 16 bits on the wire.
template <class T>
concept WireEnum = std::is_enum_v<T> && sizeof(T) == sizeof(std::uint16_t);
/// Lies in memory as on the wire.
template <class T>
concept PackedElement = protocols::Scalar<T> || WireEnum<T>;
template <class T>
concept TextElement = std::same_as<T, std::string_view>;
template <class T>
concept BytesElement = std::same_as<T, std::span<const std::byte>>;

/// A pointer in the list, with the element behind it.
template <class T>
concept PointerElement = TextElement<T> || BytesElement<T> || kIsList<T>;

/// What a List<T> can be a view of. Asks nothing of a list itself, whose T may be incomplete.
template <class Range, class T>
concept ContiguousRangeOf = !kIsList<Range> && std::ranges::contiguous_range<const Range&> &&
                            std::ranges::sized_range<const Range&> &&
                            std::same_as<std::ranges::range_value_t<const Range&>, T>;

/// How many words `value` takes behind its pointer.
template <class T>
std::size_t words_behind(const T& value) {
  if constexpr (TextElement<T>) return protocols::text_words(value.size());
  if constexpr (BytesElement<T>) return protocols::bytes_words(value.size());
  if constexpr (kIsList<T>) return value.words();
}

template <class T>
void write_behind(protocols::StructWriter pointers, unsigned index, const T& value) {
  if constexpr (TextElement<T>) pointers.set_text(index, value);
  if constexpr (BytesElement<T>) pointers.set_bytes(index, value);
  if constexpr (kIsList<T>) value.write_to(pointers, index);
}

constexpr protocols::ElementSize packed_size(std::size_t bytes) {
  using protocols::ElementSize;
  return bytes == 1   ? ElementSize::kOneByte
         : bytes == 2 ? ElementSize::kTwoBytes
         : bytes == 4 ? ElementSize::kFourBytes
                      : ElementSize::kEightBytes;
}

/// The elements of a list whose elements have to be decoded: either a caller's values, or encoded.
template <class T>
class DecodedElements {
 public:
  DecodedElements() = default;
  DecodedElements(const T* values, std::size_t size) : values_(values), size_(size) {}
  explicit DecodedElements(protocols::ListReader encoded)
      : size_(encoded.size()), encoded_(encoded) {}

  std::size_t size() const { return size_; }
  T at(std::size_t index) const {
    if (values_ != nullptr) return values_[index];
    if constexpr (std::same_as<T, bool>) {
      return encoded_.get_bool(index);
    } else if constexpr (TextElement<T>) {
      return encoded_.pointers().text(static_cast<unsigned>(index));
    } else if constexpr (BytesElement<T>) {
      return encoded_.pointers().bytes(static_cast<unsigned>(index));
    } else if constexpr (kIsList<T>) {
      return T::read_from(encoded_.pointers(), static_cast<unsigned>(index));
    } else {
      return T::read_from(encoded_.structure(index));
    }
  }
  /// Calls `visit(element, index)`; a caller's values are not copied for it.
  template <class Visit>
  void for_each(Visit visit) const {
    if (values_ != nullptr) {
      for (std::size_t i = 0; i < size_; ++i) visit(values_[i], i);
    } else {
      for (std::size_t i = 0; i < size_; ++i) visit(at(i), i);
    }
  }

 private:
  const T* values_ = nullptr;
  std::size_t size_ = 0;
  protocols::ListReader encoded_;
};

/// The elements of a list of numbers or enums: the same bytes here and there.
template <class T>
class PackedElements {
 public:
  PackedElements() = default;
  PackedElements(const T* values, std::size_t size)
      : bytes_(reinterpret_cast<const std::byte*>(values)), size_(size) {}
  explicit PackedElements(protocols::ListReader encoded)
      : bytes_(encoded.data()), size_(encoded.size()) {}

  std::size_t size() const { return size_; }
  const std::byte* bytes() const { return bytes_; }
  T at(std::size_t index) const {
    T value;
    std::memcpy(&value, bytes_ + index * sizeof(T), sizeof(T));
    return value;
  }

 private:
  const std::byte* bytes_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace detail

/// A view of elements: over the caller's values when it is an argument, over a frame when it was
/// received. Owns nothing: an argument's values are copied while it is sent, a received one lives
/// as long as its message. Elements come by value. Allocates nothing, cheap to copy; T may be
/// incomplete where a List<T> is declared.
///
/// Elements: numbers, booleans, enums of 16 bits, std::string_view, std::span<const std::byte>,
/// lists, references, and structs: what has kSize, write_to(StructWriter), read_from(StructReader),
/// and words(), which counts the struct itself and all that its pointers reach.
template <class T>
class List {
  static constexpr bool kPacked = detail::PackedElement<T>;
  static_assert(!std::is_enum_v<T> || kPacked, "enums travel as std::uint16_t");
  using Elements =
      std::conditional_t<kPacked, detail::PackedElements<T>, detail::DecodedElements<T>>;

 public:
  class Iterator;
  using value_type = T;             // NOLINT(readability-identifier-naming): the library's name
  using iterator = Iterator;        // NOLINT(readability-identifier-naming)
  using const_iterator = Iterator;  // NOLINT(readability-identifier-naming)

  List() = default;
  List(std::span<const T> values) : elements_(values.data(), values.size()) {}  // NOLINT: a view
  /// Any contiguous values: a vector, an array. They must outlive the list; the compiler warns of a
  /// variable over values that are gone at the end of its statement.
  template <class Range>
    requires(detail::ContiguousRangeOf<Range, T> && !std::ranges::borrowed_range<Range>)
  List(const Range& values [[clang::lifetimebound]])  // NOLINT: a view
      : elements_(std::ranges::data(values), std::ranges::size(values)) {}
  template <class Range>
    requires(detail::ContiguousRangeOf<Range, T> && std::ranges::borrowed_range<Range>)
  List(const Range& values)  // NOLINT: a view
      : elements_(std::ranges::data(values), std::ranges::size(values)) {}
  /// For arguments: `tell().add({1, 2, 3})`.
  List(std::initializer_list<T> values [[clang::lifetimebound]])
      : elements_(values.begin(), values.size()) {}

  std::size_t size() const { return elements_.size(); }
  bool empty() const { return size() == 0; }
  /// Aborts behind the end: indices often come from elsewhere.
  T operator[](std::size_t index) const {
    TROUPE_CHECK(index < size(), "element %zu of a list of %zu", index, size());
    return elements_.at(index);
  }
  Iterator begin() const { return {elements_, 0}; }
  Iterator end() const { return {elements_, size()}; }

  /// Element by element, wherever they lie.
  friend bool operator==(const List& left, const List& right)
    requires std::equality_comparable<T>
  {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (!(left.elements_.at(i) == right.elements_.at(i))) return false;
    }
    return true;
  }

  // For generated code: a list as a field of a message.

  static List read_from(protocols::StructReader parent, unsigned index) {
    List list;
    list.elements_ = Elements(parent.list(index));
    return list;
  }
  /// Behind the pointer; 0 if empty.
  std::size_t words() const;
  void write_to(protocols::StructWriter parent, unsigned index) const;

 private:
  Elements elements_;
};

/// Random access. Valid as long as the values or the frame, also without its list.
template <class T>
class List<T>::Iterator {
 public:
  // What the standard library asks an iterator for. As std::vector<bool>'s it calls itself random
  // access though elements come by value, so that containers made of a range take room once.
  // NOLINTBEGIN(readability-identifier-naming)
  using iterator_category = std::random_access_iterator_tag;
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = T;
  // NOLINTEND(readability-identifier-naming)

  Iterator() = default;

  T operator*() const {
    TROUPE_DCHECK(index_ < elements_.size(), "element %zu of a list of %zu", index_,
                  elements_.size());
    return elements_.at(index_);
  }
  T operator[](std::ptrdiff_t distance) const { return *(*this + distance); }
  Iterator& operator++() { return *this += 1; }
  Iterator& operator--() { return *this -= 1; }
  Iterator operator++(int) {
    Iterator before = *this;
    ++*this;
    return before;
  }
  Iterator operator--(int) {
    Iterator before = *this;
    --*this;
    return before;
  }
  Iterator& operator+=(std::ptrdiff_t distance) {
    index_ += static_cast<std::size_t>(distance);
    return *this;
  }
  Iterator& operator-=(std::ptrdiff_t distance) { return *this += -distance; }
  friend Iterator operator+(Iterator from, std::ptrdiff_t distance) { return from += distance; }
  friend Iterator operator+(std::ptrdiff_t distance, Iterator from) { return from += distance; }
  friend Iterator operator-(Iterator from, std::ptrdiff_t distance) { return from -= distance; }
  friend std::ptrdiff_t operator-(const Iterator& left, const Iterator& right) {
    return static_cast<std::ptrdiff_t>(left.index_) - static_cast<std::ptrdiff_t>(right.index_);
  }
  /// Of iterators of the same list.
  friend bool operator==(const Iterator& left, const Iterator& right) {
    return left.index_ == right.index_;
  }
  friend auto operator<=>(const Iterator& left, const Iterator& right) {
    return left.index_ <=> right.index_;
  }

 private:
  friend class List;
  Iterator(Elements elements, std::size_t index) : elements_(elements), index_(index) {}

  Elements elements_;
  std::size_t index_ = 0;
};

template <class T>
std::size_t List<T>::words() const {
  TROUPE_CHECK(size() <= protocols::kListElementsMax,
               "a list of %zu elements exceeds Cap'n Proto's %zu", size(),
               protocols::kListElementsMax);
  if (empty()) return 0;
  if constexpr (kPacked) {
    return protocols::list_words(detail::packed_size(sizeof(T)), size());
  } else if constexpr (std::same_as<T, bool>) {
    return protocols::list_words(protocols::ElementSize::kBit, size());
  } else if constexpr (detail::PointerElement<T>) {
    std::size_t words = size();
    elements_.for_each([&](const T& element, auto) { words += detail::words_behind(element); });
    return words;
  } else if constexpr (T::kSize.pointer_count == 0) {
    return protocols::list_words(T::kSize, size());
  } else {
    std::size_t words = 1;
    elements_.for_each([&](const T& element, auto) { words += element.words(); });
    return words;
  }
}

template <class T>
void List<T>::write_to(protocols::StructWriter parent, unsigned index) const {
  using protocols::ElementSize;
  using protocols::ListWriter;
  if (empty()) return;
  if constexpr (kPacked) {
    ListWriter::copy(parent, index, detail::packed_size(sizeof(T)), size(), elements_.bytes());
  } else if constexpr (std::same_as<T, bool>) {
    ListWriter list(parent, index, ElementSize::kBit, size());
    elements_.for_each([&](bool element, std::size_t i) { list.set_bool(i, element); });
  } else if constexpr (detail::PointerElement<T>) {
    ListWriter list(parent, index, ElementSize::kPointer, size());
    elements_.for_each([&](const T& element, std::size_t i) {
      detail::write_behind(list.pointers(), static_cast<unsigned>(i), element);
    });
  } else {
    ListWriter list(parent, index, T::kSize, size());
    elements_.for_each(
        [&](const T& element, std::size_t i) { element.write_to(list.structure(i)); });
  }
}

}  // namespace troupe

// Batch: the bytes of operations, one behind the other.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace kv {

/// As a std::string to which one appends, but what it grows by is not zeroed before it is written:
/// operations are written in place. Thread: one. Allocates what the last use needed, and twice as
/// much each time that is not enough.
class Batch {
 public:
  Batch() = default;
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  /// Room for `bytes` at the end, all of which the caller writes. Lives until the next call.
  char* extend(std::size_t bytes) {
    if (capacity_ - size_ < bytes) [[unlikely]]
      grow(bytes);
    char* room = bytes_.get() + size_;
    size_ += bytes;
    return room;
  }
  std::size_t size() const { return size_; }
  std::string_view bytes() const { return {bytes_.get(), size_}; }
  /// Of what was written before. Lives until the next extend().
  char* at(std::size_t offset) { return bytes_.get() + offset; }
  /// Empties it, and gives its memory back if that is more than `bytes_kept`: then as much as was
  /// used is allocated at once when there is something to write again.
  void clear(std::size_t bytes_kept) {
    bytes_expected_ = size_;
    size_ = 0;
    if (capacity_ <= bytes_kept) return;
    bytes_.reset();
    capacity_ = 0;
  }

 private:
  void grow(std::size_t bytes);

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::size_t bytes_expected_ = 0;
};

}  // namespace kv

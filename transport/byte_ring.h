// ByteRing: entries of bytes from one core to another, without locks. One writer, one reader.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "base/check.h"

namespace troupe::transport {

/// Single-producer single-consumer ring of variable-size entries, each a multiple of 8 bytes and
/// contiguous. Written entries become visible only with publish(), so that a burst costs few
/// transfers of the cache line that says how far the reader may go. Threads: the writer's core
/// calls the first group of functions, the reader's core the second.
class ByteRing {
 public:
  /// `bytes` must be a power of two, at least 4096.
  explicit ByteRing(std::size_t bytes)
      : mask_(bytes - 1), buffer_(static_cast<std::byte*>(::operator new(bytes, kAlign))) {
    TROUPE_CHECK(bytes >= 4096 && (bytes & (bytes - 1)) == 0,
                 "a lane of %zu bytes: use a power of two, at least 4096", bytes);
  }
  ByteRing(const ByteRing&) = delete;
  ByteRing& operator=(const ByteRing&) = delete;

  // ---- writer ----

  /// Room for an entry of `bytes` (a multiple of 8, at most half the ring), or null if full. What
  /// is not committed is forgotten.
  std::byte* reserve(std::size_t bytes) {
    const std::size_t offset = written_ & mask_;
    const std::size_t to_end = mask_ + 1 - offset;
    const std::size_t needed = bytes <= to_end ? bytes : to_end + bytes;
    if (written_ + needed - known_head_ > mask_ + 1) {
      // Acquire: pairs with release_entries(); the reader is done with those bytes.
      known_head_ = head_.load(std::memory_order_acquire);
      if (written_ + needed - known_head_ > mask_ + 1) return nullptr;
    }
    if (bytes <= to_end) [[likely]]
      return buffer_.get() + offset;
    *reinterpret_cast<std::uint32_t*>(buffer_.get() + offset) = kPadding;
    written_ += to_end;
    return buffer_.get();
  }
  /// The entry at the last reserve() is complete; its first 4 bytes are not kPadding.
  void commit(std::size_t bytes) { written_ += bytes; }

  bool has_unpublished() const { return written_ != published_; }
  /// Bytes committed since the last publish().
  std::uint64_t unpublished() const { return written_ - published_; }
  /// Makes everything committed visible to the reader.
  void publish() {
    published_ = written_;
    // Release for the entries: pairs with published() of the reader. Sequentially consistent,
    // because the writer then looks whether the reader sleeps while the reader, having said that it
    // sleeps, looks here: at least one of them sees the other (reactor.h).
    tail_.store(written_, std::memory_order_seq_cst);
  }

  // ---- reader ----

  /// Position up to which entries can be read. Sequentially consistent: pairs with publish().
  std::uint64_t published() const { return tail_.load(std::memory_order_seq_cst); }
  bool has_published() const { return published() != read_; }

  /// The next entry before position `end`, or null.
  const std::byte* next(std::uint64_t end) {
    if (read_ == end) return nullptr;
    const std::byte* entry = buffer_.get() + (read_ & mask_);
    if (*reinterpret_cast<const std::uint32_t*>(entry) == kPadding) [[unlikely]] {
      read_ = (read_ + mask_ + 1) & ~static_cast<std::uint64_t>(mask_);
      if (read_ == end) return nullptr;
      entry = buffer_.get();
    }
    return entry;
  }
  void advance(std::size_t bytes) { read_ += bytes; }
  /// Gives what was read back to the writer. Release: pairs with the acquire in reserve().
  void release_entries() { head_.store(read_, std::memory_order_release); }

  static constexpr std::uint32_t kPadding = 0xffffffff;

 private:
  static constexpr std::align_val_t kAlign{128};
  struct Deleter {
    void operator()(std::byte* bytes) const { ::operator delete(bytes, kAlign); }
  };

  // Two cache lines apart each: adjacent lines are fetched in pairs.
  alignas(128) std::atomic<std::uint64_t> tail_{0};  // writer's; read by the reader
  alignas(128) std::atomic<std::uint64_t> head_{0};  // reader's; read by the writer
  alignas(128) std::uint64_t written_ = 0;           // writer only
  std::uint64_t published_ = 0;
  std::uint64_t known_head_ = 0;
  alignas(128) std::uint64_t read_ = 0;  // reader only
  alignas(128) const std::size_t mask_;  // both, never written
  const std::unique_ptr<std::byte, Deleter> buffer_;
};

}  // namespace troupe::transport

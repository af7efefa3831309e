// ReceiveBuffer: what a client sent and nobody has read yet, in one piece.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "examples/kv/resp_parser.h"

namespace kv {

/// Grows while the client fills it, up to a whole request with what follows it, and is small again
/// when it is told to, or was large. Thread: the connection's. Allocates as it grows.
class ReceiveBuffer {
 public:
  /// What a client costs that sends one small command after the other.
  static constexpr std::size_t kBytesMin = 512;
  /// More than any request: one that fills it has exceeded a limit, and its parser has said so.
  static constexpr std::size_t kBytesMax = 2 * kRequestBytesMax;
  /// More is given back once everything is read.
  static constexpr std::size_t kBytesKept = 64 * 1024;

  ReceiveBuffer() = default;
  ReceiveBuffer(const ReceiveBuffer&) = delete;
  ReceiveBuffer& operator=(const ReceiveBuffer&) = delete;

  std::string_view unread() const { return {bytes_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t bytes) { begin_ += bytes; }

  /// Room for what comes, never empty. Moves what is unread. Live until the next call.
  std::span<std::byte> room();
  /// So many bytes of the room have been filled.
  void received(std::size_t bytes);

  /// Gives back what it can spare. Moves what is unread.
  void shrink();
  std::size_t capacity() const { return capacity_; }

 private:
  void resize(std::size_t capacity);

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  // The client filled all the room there was: it sends more than one small command at a time.
  bool filled_ = false;
};

}  // namespace kv

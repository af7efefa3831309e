// Replies of the Redis protocol (RESP2), appended to a buffer of the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "examples/kv/decimal.h"

namespace kv {

/// Appends replies to `to`, which outlives it. Thread: the buffer's. Allocates as the buffer grows.
class ReplyWriter {
 public:
  explicit ReplyWriter(std::string& to) : to_(to) {}

  /// "+OK": a text of the server's own, without line ends.
  void simple(std::string_view text) { line('+', text); }
  void ok() { to_.append("+OK\r\n", 5); }
  /// "-ERR …": `text` begins with its code. Line ends in it, which a client may have sent, become
  /// spaces, as in Redis.
  void error(std::string_view text) {
    const std::size_t from = to_.size() + 1;
    line('-', text);
    for (std::size_t i = from; i < from + text.size(); ++i) {
      if (to_[i] == '\r' || to_[i] == '\n') to_[i] = ' ';
    }
  }
  void integer(std::int64_t value) { number(':', value); }
  void bulk(std::string_view bytes) {
    if (bytes.size() > kSmallBytes) {
      number('$', static_cast<std::int64_t>(bytes.size()));
      to_.append(bytes);
      to_.append("\r\n", 2);
      return;
    }
    // Put together first: one append is cheaper than three.
    char reply[kHeaderBytes + kSmallBytes + 2];
    char* at = header(reply, '$', static_cast<std::int64_t>(bytes.size()));
    std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
    *at++ = '\r';
    *at++ = '\n';
    to_.append(reply, static_cast<std::size_t>(at - reply));
  }
  /// No such value.
  void null() { to_.append("$-1\r\n", 5); }
  /// What is no reply by itself.
  void raw(std::string_view bytes) { to_.append(bytes); }
  /// The beginning of an array: its `count` elements are written next.
  void array(std::size_t count) { number('*', static_cast<std::int64_t>(count)); }

 private:
  static constexpr std::size_t kHeaderBytes = 1 + kIntegerBytesMax + 2;
  static constexpr std::size_t kSmallBytes = 64;

  static char* header(char* at, char marker, std::int64_t value) {
    *at++ = marker;
    at = write_integer(at, value);
    *at++ = '\r';
    *at++ = '\n';
    return at;
  }
  void number(char marker, std::int64_t value) {
    char line[kHeaderBytes];
    to_.append(line, static_cast<std::size_t>(header(line, marker, value) - line));
  }
  void line(char marker, std::string_view text) {
    to_.push_back(marker);
    to_.append(text);
    to_.append("\r\n", 2);
  }

  std::string& to_;
};

}  // namespace kv

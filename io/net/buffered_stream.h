// BufferedReader and BufferedWriter: lines and counted bytes on a stream, within limits.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "base/time.h"
#include "io/net/stream.h"

namespace troupe::io {

/// Takes a stream apart. What it gives are views of its buffer, which hold until its next call. One
/// call at a time. Thread: the stream's core; both must outlive the calls.
///
/// Errors of all functions: those of Stream::receive, after which nothing is lost: the call may
/// be repeated; kTooLarge, detail = the limit; kMalformed, when the peer ended in the midst.
class BufferedReader {
 public:
  static constexpr std::size_t kBytesMaxDefault = 64 * 1024;

  /// `bytes_max`: the longest line, with its end, or piece. The buffer grows up to it.
  explicit BufferedReader(Stream& stream, std::size_t bytes_max = kBytesMaxDefault)
      : stream_(stream), bytes_max_(bytes_max) {}
  BufferedReader(const BufferedReader&) = delete;
  BufferedReader& operator=(const BufferedReader&) = delete;

  /// The next line, without its "\n" or "\r\n"; nullopt where the stream ends.
  Task<Result<std::optional<std::string_view>>> read_line(Deadline deadline = kContextDeadline);
  /// The next `bytes` bytes, 1 to bytes_max; nullopt where the stream ends.
  Task<Result<std::optional<std::span<const std::byte>>>> read_exactly(
      std::size_t bytes, Deadline deadline = kContextDeadline);

  /// Received and not yet given.
  std::size_t buffered() const { return end_ - begin_; }

 private:
  // The first receive is into so many bytes.
  static constexpr std::size_t kBytesFirst = 4096;

  Task<Result<std::size_t>> fill(Deadline deadline);
  void make_room();
  Error ended_in_the_midst() const;

  Stream& stream_;
  const std::size_t bytes_max_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;  // of what is received and not given
  std::size_t end_ = 0;
};

/// Puts small pieces together, to send them with one operation. Thread: the stream's core; both
/// must outlive the calls.
class BufferedWriter {
 public:
  /// `bytes_max`: what may wait for flush().
  explicit BufferedWriter(Stream& stream, std::size_t bytes_max = BufferedReader::kBytesMaxDefault)
      : stream_(stream), bytes_max_(bytes_max) {}
  BufferedWriter(const BufferedWriter&) = delete;
  BufferedWriter& operator=(const BufferedWriter&) = delete;

  /// Adds a copy of `bytes`. Not while a flush() is awaited. Errors: kTooLarge, detail = the limit;
  /// then nothing was added: flush() first.
  Status append(std::span<const std::byte> bytes);
  Status append(std::string_view text) { return append(std::as_bytes(std::span(text))); }
  /// Sends what was added. Errors: those of Stream::send.
  Task<Status> flush(Deadline deadline = kContextDeadline);

  std::size_t buffered() const { return buffer_.size(); }

 private:
  Stream& stream_;
  const std::size_t bytes_max_;
  std::vector<std::byte> buffer_;
};

}  // namespace troupe::io

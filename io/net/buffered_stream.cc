#include "io/net/buffered_stream.h"

#include <algorithm>
#include <cstring>

namespace troupe::io {

Task<Result<std::optional<std::string_view>>> BufferedReader::read_line(Deadline deadline) {
  std::size_t searched = 0;  // from begin_ on, in vain
  for (;;) {
    const char* const start = reinterpret_cast<const char*>(buffer_.data()) + begin_;
    const std::string_view text(buffered() == 0 ? "" : start, buffered());
    const std::size_t newline = text.find('\n', searched);
    if (newline != std::string_view::npos && newline < bytes_max_) {
      begin_ += newline + 1;
      std::string_view line = text.substr(0, newline);
      if (line.ends_with('\r')) line.remove_suffix(1);
      co_return std::optional<std::string_view>(line);
    }
    searched = text.size();
    if (searched >= bytes_max_) {
      co_return Error(Code::kTooLarge, bytes_max_, "a line longer than the reader's limit");
    }
    const Result<std::size_t> received = co_await fill(deadline);
    if (!received) co_return received.error();
    if (*received > 0) continue;
    if (buffered() == 0) co_return std::optional<std::string_view>();
    co_return ended_in_the_midst();
  }
}

Task<Result<std::optional<std::span<const std::byte>>>> BufferedReader::read_exactly(
    std::size_t bytes, Deadline deadline) {
  using Piece = std::optional<std::span<const std::byte>>;
  if (bytes == 0 || bytes > bytes_max_) {
    co_return Error(Code::kTooLarge, bytes_max_, "a piece outside the reader's limit");
  }
  while (buffered() < bytes) {
    const Result<std::size_t> received = co_await fill(deadline);
    if (!received) co_return received.error();
    if (*received > 0) continue;
    if (buffered() == 0) co_return Piece();
    co_return ended_in_the_midst();
  }
  const std::span<const std::byte> piece = std::span(buffer_).subspan(begin_, bytes);
  begin_ += bytes;
  co_return Piece(piece);
}

/// Receives once; gives how many bytes, 0 at the end.
Task<Result<std::size_t>> BufferedReader::fill(Deadline deadline) {
  make_room();
  const std::span<std::byte> room = std::span(buffer_).subspan(end_);
  const Result<std::size_t> received = co_await stream_.receive(room, deadline);
  if (received) end_ += *received;
  co_return received;
}

/// At least one byte after end_; what was given is forgotten.
void BufferedReader::make_room() {
  if (begin_ > 0) {
    if (buffered() > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, buffered());
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ < buffer_.size()) return;
  buffer_.resize(std::min(std::max(kBytesFirst, 2 * buffer_.size()), bytes_max_));
}

Error BufferedReader::ended_in_the_midst() const {
  return Error(Code::kMalformed, buffered(), "the peer ended in the midst of a line or piece");
}

Status BufferedWriter::append(std::span<const std::byte> bytes) {
  if (bytes.size() > bytes_max_ - buffer_.size()) {
    return Error(Code::kTooLarge, bytes_max_, "more than the writer's limit waits for flush()");
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  return ok();
}

Task<Status> BufferedWriter::flush(Deadline deadline) {
  if (buffer_.empty()) co_return ok();
  const Status sent = co_await stream_.send(buffer_, deadline);
  buffer_.clear();
  co_return sent;
}

}  // namespace troupe::io

// RequestParser: what a client of the Redis protocol (RESP2) sends, taken apart where it lies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kv {

/// An inline command, and a line that announces a length, is at most this long. As in Redis.
inline constexpr std::size_t kInlineBytesMax = 64 * 1024;
/// So that one command always fits into one frame of the runtime (1 MiB), with its headers.
inline constexpr std::size_t kRequestBytesMax = (1 << 20) - 4096;
/// A key or a value: half of a frame, so that its reply fits into one with others.
inline constexpr std::size_t kArgumentBytesMax = 512 * 1024;
inline constexpr std::size_t kArgumentsMax = 65'536;

/// What one client may ask for. What exceeds them is a protocol error, as in Redis.
struct RequestLimits {
  std::size_t request_bytes_max = kRequestBytesMax;
  std::size_t argument_bytes_max = kArgumentBytesMax;
  std::size_t arguments_max = kArgumentsMax;
};

enum class ParseOutcome : std::uint8_t {
  kCommand,   ///< arguments() has one whole command.
  kNeedMore,  ///< The buffer ends within a request.
  kError,     ///< error() says why; nothing that follows can be understood.
};

/// Takes one request after the other from the beginning of a receive buffer. Knows both forms: an
/// array of bulk strings, and a line of words ("inline"). What it has understood of an unfinished
/// request it remembers, so that a request that comes in many pieces is read once.
///
/// Thread: one. Allocates while it meets more arguments, or a longer inline command, than before;
/// never because of a length that a client only claims.
class RequestParser {
 public:
  explicit RequestParser(RequestLimits limits = {}) : limits_(limits) {}

  /// `received` begins where the last call stopped: the caller has dropped consumed() bytes after
  /// every outcome. It may have moved to another address meanwhile, and has at least as much as it
  /// had. Requests without arguments are skipped, as Redis does.
  ParseOutcome parse(std::string_view received);

  /// After kCommand: at least one. Views into `received` or into this parser; both until the next
  /// call.
  std::span<const std::string_view> arguments() const { return arguments_; }
  /// How much of `received` is done with. After kNeedMore and kError: what was skipped.
  std::size_t consumed() const { return consumed_; }
  /// After kNeedMore: fewer bytes than these, beside those in the buffer, cannot complete the
  /// request. It is what a client claims: mind it when sizing a buffer.
  std::size_t needed() const { return needed_; }
  /// Gives back what it keeps for the next request; within one, nothing.
  void release_memory();
  /// After kError: the text that Redis sends after "-ERR ".
  const std::string& error() const { return error_; }

 private:
  // What a request keeps between requests, in arguments and in bytes: more is given back.
  static constexpr std::size_t kArgumentsKept = 1024;
  static constexpr std::size_t kInlineBytesKept = 1024;

  enum class Line : std::uint8_t { kWhole, kUnfinished, kWrong };

  ParseOutcome parse_array(std::string_view received);
  ParseOutcome parse_arguments(const char* at, const char* end, const char* start);
  const char* take_plain_arguments(const char* at, const char* end, const char* start);
  ParseOutcome parse_inline(std::string_view received);
  bool split_words(std::string_view line);
  ParseOutcome start_array(const char*& at, const char* end);
  Line read_length(const char*& at, const char* end, const char* too_long, std::int64_t& length);
  void begin_request();
  void finish_request();
  ParseOutcome need(std::size_t bytes) {
    needed_ = bytes;
    return ParseOutcome::kNeedMore;
  }
  ParseOutcome fail(std::string_view text) {
    error_.assign(text);
    return ParseOutcome::kError;
  }
  void rebase(const char* start);

  RequestLimits limits_;
  std::vector<std::string_view> arguments_;
  std::string words_;  // of an inline command, without quotes and escapes
  std::string error_;
  std::size_t consumed_ = 0;
  std::size_t needed_ = 0;
  // The unfinished array: where its next byte is, counted from its first, what it still lacks, and
  // where the buffer was when arguments_ was filled.
  bool in_array_ = false;
  std::size_t position_ = 0;
  std::int64_t arguments_left_ = 0;
  std::int64_t bulk_bytes_ = kNoBulk;
  const char* start_ = nullptr;

  static constexpr std::int64_t kNoBulk = -1;
};

}  // namespace kv

// Error: why something did not happen, as a small value. Formatted only when somebody asks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace troupe {

/// The closed list of reasons. Values travel between nodes: append only.
enum class Code : std::uint16_t {
  kCancelled = 1,         ///< The awaiting coroutine was cancelled (it lost a first_of, say).
  kDeadlineExceeded = 2,  ///< The outcome is open: the other side may or may not have acted.
  kStopping = 3,          ///< The awaiting actor was told to stop.
  kNoReply = 4,           ///< The other side dropped the ask without answering.
  kDenied = 5,            ///< A refusal declared in the contract; see Error::is().
  kNoSuchActor = 6,       ///< Nobody lives at that reference.
  kActorStopped = 7,      ///< The actor ended before it took the message.
  kMailboxFull = 8,       ///< Refused by the mailbox limit; never handled.
  kLaneFull = 9,          ///< Refused by the budget for frames to another core; never handled.
  kUnsupported = 10,      ///< The other side does not know this message.
  kTooLarge = 11,         ///< The frame exceeds the frame limit; detail = its bytes.
  kTooManyAsks = 12,      ///< The limit of open asks per core is reached; detail = the limit.
  kTooManyActors = 13,    ///< The limit of actors per core is reached; detail = the limit.
  kFailed = 14,           ///< The other side failed (an exception left it).
  kSystemStopping = 15,   ///< The system is shutting down.
  kInvalidArgument = 16,  ///< What was given cannot be used; context says what.
  kIo = 17,               ///< The operating system refused; detail = errno.
  kMalformed = 18,        ///< Bytes that are no valid message.
  kClosed = 19,           ///< The channel is closed: nothing more goes in, or comes out.
  kOverloaded = 20,       ///< A queue of work is full; detail = its limit, the context names it.
  kOutOfMemory = 21,      ///< Refused: the node's memory budget is spent; never handled.
  kWouldDeadlock = 22,    ///< Whom was asked waits for this very call to end; never handled.
};

/// The name users see and grep for, e.g. "deadline_exceeded". Never empty.
std::string_view to_string(Code code);

/// Declared refusals carry the 32-bit id of their enum; generated code specialises this.
template <class Enum>
struct DenialDomain;

/// An error value: trivially copyable, 24 bytes. `context` must be a string literal.
class Error {
 public:
  explicit constexpr Error(Code code, std::uint64_t detail = 0, const char* context = nullptr)
      : code_(code), detail_(detail), context_(context) {}

  /// A refusal by the contract: `code` is an enumerator of the enum with id `domain`.
  static constexpr Error denied(std::uint32_t domain, std::uint16_t code) {
    Error error(Code::kDenied);
    error.denial_ = code;
    error.domain_ = domain;
    return error;
  }

  constexpr Code code() const { return code_; }
  constexpr std::uint64_t detail() const { return detail_; }
  constexpr std::uint16_t denial() const { return denial_; }
  constexpr std::uint32_t domain() const { return code_ == Code::kDenied ? domain_ : 0; }
  constexpr const char* context() const { return context_; }
  /// Where more is known of it than fits in here: IncidentText below. 0: nowhere.
  constexpr std::uint32_t incident() const { return code_ == Code::kDenied ? 0 : domain_; }
  /// The same error, with that. Of a refusal by the contract there is nothing more to know.
  constexpr Error with_incident(std::uint32_t incident) const {
    Error error = *this;
    if (code_ != Code::kDenied) error.domain_ = incident;
    return error;
  }

  /// True if this is the declared refusal `reason`, e.g. error.is(bank::Denied::kFrozen).
  template <class Enum>
    requires std::is_enum_v<Enum>
  constexpr bool is(Enum reason) const {
    return code_ == Code::kDenied && domain_ == DenialDomain<Enum>::kId &&
           denial_ == static_cast<std::uint16_t>(reason);
  }
  constexpr bool is(Code code) const { return code_ == code; }

  /// One line for a person: the reason, the number involved, the context, and its incident as long
  /// as that is remembered where this is called.
  std::string describe() const;

  /// The same reason: which incident it was does not count.
  friend constexpr bool operator==(const Error& left, const Error& right) {
    return left.code_ == right.code_ && left.denial_ == right.denial_ &&
           left.domain() == right.domain() && left.detail_ == right.detail_ &&
           left.context_ == right.context_;
  }

 private:
  Code code_;
  std::uint16_t denial_ = 0;
  std::uint32_t domain_ = 0;  // of a denial; of other errors the incident
  std::uint64_t detail_ = 0;
  const char* context_ = nullptr;
};

/// Who knows what an incident was: a layer above, which says so before main(). Null: nobody.
struct IncidentText {
  /// Empty if it is no longer known.
  static inline constinit std::string (*describe)(std::uint32_t incident) = nullptr;
};

static_assert(sizeof(Error) <= 32 && std::is_trivially_copyable_v<Error>);

}  // namespace troupe

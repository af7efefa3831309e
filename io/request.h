// Request: one operation of the kernel, described by value, and its way through a backend.
#pragma once

#include <climits>
#include <cstdint>

#include "base/check.h"

namespace troupe::io {

enum class RequestKind : std::uint8_t {
  kAccept,    ///< Of a listening socket. Result: the new descriptor, with the backend's flags.
  kConnect,   ///< `data`: a sockaddr of `bytes` bytes.
  kReceive,   ///< From a socket. Result: bytes; 0 is the end.
  kSend,      ///< To a socket, never with SIGPIPE. Result: bytes, perhaps fewer than given.
  kRead,      ///< Result: bytes; 0 is the end of a file.
  kWrite,     ///< Result: bytes, perhaps fewer than given.
  kSync,      ///< Makes what was written to a file last; `flags` 1: its data alone.
  kPoll,      ///< Until `flags`, POLLIN or POLLOUT, holds. Result: what holds, with POLLERR, ….
  kShutdown,  ///< `flags`: SHUT_RD, SHUT_WR or SHUT_RDWR.
};
inline constexpr unsigned kRequestKinds = 9;

/// What to do. The memory at `data` belongs to the backend until the request is finished.
struct RequestArguments {
  /// An offset for pipes, and for files: where the descriptor stands.
  static constexpr std::uint64_t kAtPosition = ~std::uint64_t{0};

  RequestKind kind = RequestKind::kPoll;
  int descriptor = -1;
  void* data = nullptr;
  std::uint32_t bytes = 0;
  std::uint32_t flags = 0;
  std::uint64_t offset = kAtPosition;  ///< Of kRead and kWrite.
  /// Of kReceive: a stream of bytes, so that fewer of them than asked for were all there were.
  bool stream = false;
  /// Of kReceive: nothing is expected to be there yet, so waiting comes before trying. A hint.
  bool waits_first = false;
};

/// An operation that is, or is about to be, in the hands of a backend. It lives in the awaiting
/// coroutine's frame; nobody allocates for it. From Backend::submit() until finished() both the
/// request and the memory it names belong to the backend: to the kernel, that is, which may write
/// to it at any moment. Cancelling asks for the end of that time, it is not the end. So a request
/// must not be destroyed before; who has to destroy a frame all the same calls Backend::reclaim().
/// Thread: owner core only.
class Request {
 public:
  /// The result where a backend does not do what is asked for.
  static constexpr int kUnsupported = INT_MIN;
  /// The most bytes of one request: results are an int.
  static constexpr std::uint32_t kBytesMax = 1u << 30;

  explicit Request(const RequestArguments& arguments) : arguments(arguments) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  /// Changed between submissions only.
  RequestArguments arguments;

  /// The backend has let go. `result`: what its kind says, or an errno below zero: -ECANCELED after
  /// a cancellation that came in time. Called once per submission, from within any function of the
  /// backend; must not resume anything, may submit the request anew.
  virtual void finished(int result) = 0;

  bool submitted() const { return place_ != Place::kNowhere; }

 protected:
  ~Request() { TROUPE_CHECK(!submitted(), "a request is destroyed while the kernel has it"); }

 private:
  friend class RequestList;
  friend class Backend;
  friend class UringBackend;
  friend class UringAcceptor;
  friend class EpollBackend;
  enum class Place : std::uint8_t { kNowhere, kQueued, kInKernel, kWaiting };

  // Of the backend that has it.
  Request* next_ = nullptr;
  Request* previous_ = nullptr;
  int result_ = 0;
  std::uint8_t completions_owed_ = 0;
  bool cancel_wanted_ = false;
  bool cancel_owed_ = false;
  Place place_ = Place::kNowhere;
};

/// Requests in order. A request is in one list at most. Thread: owner core only.
class RequestList {
 public:
  bool empty() const { return first_ == nullptr; }
  Request* first() const { return first_; }
  static Request* after(const Request& request) { return request.next_; }

  void push(Request& request) {
    request.next_ = nullptr;
    request.previous_ = last_;
    (last_ != nullptr ? last_->next_ : first_) = &request;
    last_ = &request;
  }
  void remove(Request& request) {
    (request.previous_ != nullptr ? request.previous_->next_ : first_) = request.next_;
    (request.next_ != nullptr ? request.next_->previous_ : last_) = request.previous_;
    request.next_ = nullptr;
    request.previous_ = nullptr;
  }
  /// The first, taken out; null if there is none.
  Request* pop() {
    Request* const request = first_;
    if (request != nullptr) remove(*request);
    return request;
  }

 private:
  Request* first_ = nullptr;
  Request* last_ = nullptr;
};

}  // namespace troupe::io

// Request: one operation of the kernel, described by value, and its way through a backend.
#pragma once

#include <climits>
#include <cstddef>
#include <cstdint>

#include "base/check.h"

namespace troupe::io {

enum class RequestKind : std::uint8_t {
  kAccept,   ///< Of a listening socket. Result: the new descriptor, with the backend's flags.
  kConnect,  ///< `data`: a sockaddr of `bytes` bytes.
  kReceive,  ///< From a socket. Result: bytes; 0 is the end.
  /// From a stream socket, into a buffer of the backend's, of which `data` tells when it has
  /// finished with a result above 0: to be given back with Backend::give_back(). Result: bytes, at
  /// most ReceiveBuffers::kBufferBytes; 0 is the end.
  kReceivePiece,
  kSend,      ///< To a socket, never with SIGPIPE. Result: bytes, perhaps fewer than given.
  kRead,      ///< Result: bytes; 0 is the end of a file.
  kWrite,     ///< Result: bytes, perhaps fewer than given.
  kSync,      ///< Makes what was written to a file last; `flags` 1: its data alone.
  kPoll,      ///< Until `flags`, POLLIN or POLLOUT, holds. Result: what holds, with POLLERR, ….
  kShutdown,  ///< `flags`: SHUT_RD, SHUT_WR or SHUT_RDWR.
  /// Of a datagram socket. `data`: a msghdr, whose memory belongs to the backend too. Result:
  /// bytes.
  kReceiveMessage,
  kSendMessage,
  // Of files from here on. A path is at `data`, ends with a zero, and is at most PATH_MAX bytes.
  kOpen,           ///< A path, `flags` and `mode` as open() has them. Result: the new descriptor.
  kClose,          ///< `descriptor`, which is detached already. Gone even after an error.
  kTruncate,       ///< To `offset` bytes.
  kAllocate,       ///< Makes sure of `length` bytes from `offset`; the file grows if need be.
  kStatus,         ///< `data`: a struct statx.
  kRename,         ///< A path, `target`: the new one.
  kUnlink,         ///< A path; `flags` AT_REMOVEDIR: of an empty directory.
  kMakeDirectory,  ///< A path, `mode`.
  kList,           ///< `data`: a DirectoryListing.
};
inline constexpr unsigned kRequestKinds = 21;

/// Whether it is about a descriptor: cancelled when that is detached.
constexpr bool names_descriptor(RequestKind kind) {
  return kind < RequestKind::kOpen || kind == RequestKind::kTruncate ||
         kind == RequestKind::kAllocate || kind == RequestKind::kStatus;
}

/// For reports. A literal.
constexpr const char* name_of(RequestKind kind) {
  switch (kind) {
    case RequestKind::kAccept:
      return "accept";
    case RequestKind::kConnect:
      return "connect";
    case RequestKind::kReceive:
      return "receive";
    case RequestKind::kReceivePiece:
      return "receive a piece";
    case RequestKind::kSend:
      return "send";
    case RequestKind::kRead:
      return "read";
    case RequestKind::kWrite:
      return "write";
    case RequestKind::kSync:
      return "sync";
    case RequestKind::kPoll:
      return "poll";
    case RequestKind::kShutdown:
      return "shutdown";
    case RequestKind::kReceiveMessage:
      return "receive a message";
    case RequestKind::kSendMessage:
      return "send a message";
    case RequestKind::kOpen:
      return "open";
    case RequestKind::kClose:
      return "close";
    case RequestKind::kTruncate:
      return "truncate";
    case RequestKind::kAllocate:
      return "allocate";
    case RequestKind::kStatus:
      return "status";
    case RequestKind::kRename:
      return "rename";
    case RequestKind::kUnlink:
      return "unlink";
    case RequestKind::kMakeDirectory:
      return "make a directory";
    case RequestKind::kList:
      return "list a directory";
  }
  return "unknown";
}

/// What to do. The memory at `data` belongs to the backend until the request is finished.
struct RequestArguments {
  /// An offset for pipes, and for files: where the descriptor stands.
  static constexpr std::uint64_t kAtPosition = ~std::uint64_t{0};

  RequestKind kind = RequestKind::kPoll;
  int descriptor = -1;
  void* data = nullptr;
  std::uint32_t bytes = 0;
  std::uint32_t flags = 0;
  std::uint64_t offset = kAtPosition;  ///< Of kRead, kWrite, kTruncate and kAllocate.
  std::uint64_t length = 0;            ///< Of kAllocate.
  const char* target = nullptr;        ///< Of kRename.
  std::uint32_t mode = 0;              ///< Of kOpen and kMakeDirectory: permissions.
  /// Of kReceive: a stream of bytes, so that fewer of them than asked for were all there were.
  bool stream = false;
  /// Of kRead and kWrite: of a file, which never is ready or not and may block whoever asks.
  /// `flags` of a kWrite are then those of pwritev2(), RWF_APPEND say.
  bool file = false;
  /// Of kReceive: nothing is expected to be there yet, so waiting comes before trying. A hint.
  bool waits_first = false;
};

/// Whether it is for those who may be blocked, where the kernel takes no such request.
constexpr bool of_file(const RequestArguments& arguments) {
  const bool bytes = arguments.kind == RequestKind::kRead || arguments.kind == RequestKind::kWrite;
  return arguments.kind >= RequestKind::kOpen || arguments.kind == RequestKind::kSync ||
         (bytes && (arguments.file || arguments.offset != RequestArguments::kAtPosition));
}

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
  /// The result where so many requests for files of this core wait for a thread already, or where
  /// the process may have no more threads.
  static constexpr int kOverloaded = INT_MIN + 1;
  static constexpr std::size_t kFilesWaitingMax = 1024;
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
  /// Its descriptor was detached while it was submitted: it must not be submitted anew, for the
  /// number may name another file by now.
  bool detached() const { return detached_; }

 protected:
  ~Request() { TROUPE_CHECK(!submitted(), "a request is destroyed while the kernel has it"); }

 private:
  friend class RequestList;
  friend class Backend;
  friend class UringBackend;
  friend class UringAcceptor;
  friend class UringReceiver;
  friend class EpollBackend;
  friend class SimBackend;
  friend class FileWorker;
  friend class SimFiles;
  enum class Place : std::uint8_t { kNowhere, kQueued, kInKernel, kWaiting, kWithWorker };

  // Of the backend that has it.
  Request* next_ = nullptr;
  Request* previous_ = nullptr;
  int result_ = 0;
  std::uint8_t completions_owed_ = 0;
  bool cancel_wanted_ = false;
  bool cancel_owed_ = false;
  bool has_result_ = false;  // and the kernel has the buffer still
  bool detached_ = false;    // Its descriptor, and with it the right to name that number.
  bool begun_ = false;       // By a thread of the FileWorker, whose mutex guards it.
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

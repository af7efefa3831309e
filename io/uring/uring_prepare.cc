#include "io/uring/uring_prepare.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace troupe::io {

namespace {

// Linux has it from 6.9 on, and headers of that time name it.
constexpr int kFtruncateOperation = 55;

void prepare_file(io_uring_sqe& entry, const RequestArguments& of) {
  const int flags = static_cast<int>(of.flags);
  const char* const path = static_cast<const char*>(of.data);
  switch (of.kind) {
    case RequestKind::kOpen:
      io_uring_prep_openat(&entry, AT_FDCWD, path, flags, of.mode);
      break;
    case RequestKind::kClose:
      io_uring_prep_close(&entry, of.descriptor);
      break;
    case RequestKind::kTruncate:
      io_uring_prep_rw(kFtruncateOperation, &entry, of.descriptor, nullptr, 0, of.offset);
      break;
    case RequestKind::kAllocate:
      io_uring_prep_fallocate(&entry, of.descriptor, 0, static_cast<off_t>(of.offset),
                              static_cast<off_t>(of.length));
      break;
    case RequestKind::kStatus:
      io_uring_prep_statx(&entry, of.descriptor, "", AT_EMPTY_PATH, STATX_BASIC_STATS,
                          static_cast<struct statx*>(of.data));
      break;
    case RequestKind::kRename:
      io_uring_prep_renameat(&entry, AT_FDCWD, path, AT_FDCWD, of.target, 0);
      break;
    case RequestKind::kUnlink:
      io_uring_prep_unlinkat(&entry, AT_FDCWD, path, flags);
      break;
    case RequestKind::kMakeDirectory:
      io_uring_prep_mkdirat(&entry, AT_FDCWD, path, of.mode);
      break;
    case RequestKind::kAccept:
    case RequestKind::kConnect:
    case RequestKind::kReceive:
    case RequestKind::kReceivePiece:
    case RequestKind::kSend:
    case RequestKind::kRead:
    case RequestKind::kWrite:
    case RequestKind::kSync:
    case RequestKind::kPoll:
    case RequestKind::kShutdown:
    case RequestKind::kReceiveMessage:
    case RequestKind::kSendMessage:
    case RequestKind::kList:
      break;
  }
}

}  // namespace

int uring_operation(RequestKind kind) {
  switch (kind) {
    case RequestKind::kAccept:
      return IORING_OP_ACCEPT;
    case RequestKind::kConnect:
      return IORING_OP_CONNECT;
    case RequestKind::kReceive:
    case RequestKind::kReceivePiece:
      return IORING_OP_RECV;
    case RequestKind::kSend:
      return IORING_OP_SEND;
    case RequestKind::kRead:
      return IORING_OP_READ;
    case RequestKind::kWrite:
      return IORING_OP_WRITE;
    case RequestKind::kSync:
      return IORING_OP_FSYNC;
    case RequestKind::kPoll:
      return IORING_OP_POLL_ADD;
    case RequestKind::kShutdown:
      return IORING_OP_SHUTDOWN;
    case RequestKind::kReceiveMessage:
      return IORING_OP_RECVMSG;
    case RequestKind::kSendMessage:
      return IORING_OP_SENDMSG;
    case RequestKind::kOpen:
      return IORING_OP_OPENAT;
    case RequestKind::kClose:
      return IORING_OP_CLOSE;
    case RequestKind::kTruncate:
      return kFtruncateOperation;
    case RequestKind::kAllocate:
      return IORING_OP_FALLOCATE;
    case RequestKind::kStatus:
      return IORING_OP_STATX;
    case RequestKind::kRename:
      return IORING_OP_RENAMEAT;
    case RequestKind::kUnlink:
      return IORING_OP_UNLINKAT;
    case RequestKind::kMakeDirectory:
      return IORING_OP_MKDIRAT;
    case RequestKind::kList:
      break;
  }
  return kNoUringOperation;
}

void prepare_uring_entry(io_uring_sqe& entry, const RequestArguments& of) {
  const int flags = static_cast<int>(of.flags);
  switch (of.kind) {
    case RequestKind::kAccept:
      io_uring_prep_accept(&entry, of.descriptor, nullptr, nullptr, SOCK_CLOEXEC);
      break;
    case RequestKind::kConnect:
      io_uring_prep_connect(&entry, of.descriptor, static_cast<const sockaddr*>(of.data), of.bytes);
      break;
    case RequestKind::kReceive:
      io_uring_prep_recv(&entry, of.descriptor, of.data, of.bytes, flags);
      break;
    case RequestKind::kReceivePiece:
      // A buffer is taken when there is something to put into it.
      if (of.data == nullptr) {
        io_uring_prep_poll_add(&entry, of.descriptor, POLLIN);
      } else {
        io_uring_prep_recv(&entry, of.descriptor, of.data, of.bytes, MSG_DONTWAIT);
      }
      break;
    case RequestKind::kSend:
      io_uring_prep_send(&entry, of.descriptor, of.data, of.bytes, flags | MSG_NOSIGNAL);
      break;
    case RequestKind::kRead:
      io_uring_prep_read(&entry, of.descriptor, of.data, of.bytes, of.offset);
      break;
    case RequestKind::kWrite:
      io_uring_prep_write(&entry, of.descriptor, of.data, of.bytes, of.offset);
      entry.rw_flags = flags;
      break;
    case RequestKind::kSync:
      io_uring_prep_fsync(&entry, of.descriptor, of.flags != 0 ? IORING_FSYNC_DATASYNC : 0);
      break;
    case RequestKind::kPoll:
      io_uring_prep_poll_add(&entry, of.descriptor, of.flags);
      break;
    case RequestKind::kShutdown:
      io_uring_prep_shutdown(&entry, of.descriptor, flags);
      break;
    case RequestKind::kReceiveMessage:
      io_uring_prep_recvmsg(&entry, of.descriptor, static_cast<msghdr*>(of.data), of.flags);
      break;
    case RequestKind::kSendMessage:
      io_uring_prep_sendmsg(&entry, of.descriptor, static_cast<const msghdr*>(of.data),
                            of.flags | MSG_NOSIGNAL);
      break;
    case RequestKind::kOpen:
    case RequestKind::kClose:
    case RequestKind::kTruncate:
    case RequestKind::kAllocate:
    case RequestKind::kStatus:
    case RequestKind::kRename:
    case RequestKind::kUnlink:
    case RequestKind::kMakeDirectory:
    case RequestKind::kList:
      prepare_file(entry, of);
      break;
  }
}

}  // namespace troupe::io

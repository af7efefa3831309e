#include "io/pipe.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "io/reactor.h"

namespace troupe::io {

namespace {

std::uint32_t limited(std::size_t bytes) {
  return static_cast<std::uint32_t>(std::min<std::size_t>(bytes, Request::kBytesMax));
}

/// For this thread alone: a signal's disposition belongs to the whole process, and to its owner.
void block_sigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

Call<CountAwaiter> PipeReader::read(std::span<std::byte> buffer, Deadline deadline) {
  TROUPE_DCHECK(!buffer.empty(), "read into an empty buffer: its 0 would look like the end");
  RequestArguments arguments;
  arguments.kind = RequestKind::kRead;
  arguments.descriptor = pipe_.number();
  arguments.data = buffer.data();
  arguments.bytes = limited(buffer.size());
  return Call<CountAwaiter>(arguments, deadline, "read of a pipe");
}

PipeWriter::PipeWriter(Descriptor pipe) : pipe_(std::move(pipe)) { block_sigpipe(); }

Task<Status> PipeWriter::write(std::span<const std::byte> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    RequestArguments arguments;
    arguments.kind = RequestKind::kWrite;
    arguments.descriptor = pipe_.number();
    // The kernel only reads it.
    arguments.data = const_cast<std::byte*>(bytes.data());
    arguments.bytes = limited(bytes.size());
    Call<CountAwaiter> part(arguments, deadline, "write to a pipe");
    const Result<std::size_t> written = co_await std::move(part);
    if (!written) co_return written.error();
    bytes = bytes.subspan(*written);
  }
  co_return ok();
}

Result<Pipe> Pipe::make() {
  Backend& backend = Reactor::current().backend();
  if (!backend.on_machine()) {
    return Error(Code::kUnsupported, 0, "a simulation has no pipes");
  }
  int ends[2] = {-1, -1};
  // The backend's flags are those of sockets, which Linux gives the same numbers.
  static_assert(SOCK_NONBLOCK == O_NONBLOCK);
  if (::pipe2(ends, O_CLOEXEC | backend.descriptor_flags()) != 0) {
    return Error(Code::kIo, static_cast<std::uint64_t>(errno), "pipe2");
  }
  return Pipe(Descriptor(ends[0]), Descriptor(ends[1]));
}

}  // namespace troupe::io

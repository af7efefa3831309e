// Pipe: bytes in one direction through the kernel, within a process or between two.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "base/result.h"
#include "base/task.h"
#include "base/time.h"
#include "io/descriptor.h"
#include "io/request_awaiter.h"

namespace troupe::io {

/// The end that bytes come out of. Move-only. Thread: the core that it was made on. Deadlines,
/// cancellation and errors as of Stream: kIo with the errno, kCancelled if it is closed
/// meanwhile.
class PipeReader {
 public:
  PipeReader() = default;
  /// Takes a pipe with the flags of this core's backend (Backend::descriptor_flags).
  explicit PipeReader(Descriptor pipe) : pipe_(std::move(pipe)) {}

  /// Waits for bytes, up to buffer.size(), at most Request::kBytesMax; gives how many, 0 when all
  /// writers have closed their end. `buffer` must not be empty, and is the kernel's until this
  /// ends.
  Call<CountAwaiter> read(std::span<std::byte> buffer, Deadline deadline = kContextDeadline);

  bool is_open() const { return pipe_.is_open(); }
  void close() { pipe_.close(); }
  Descriptor release() { return std::move(pipe_); }

 private:
  Descriptor pipe_;
};

/// The end that bytes go into. As PipeReader. A thread that has made one gets no SIGPIPE any more,
/// whatever it writes to: a write that nobody will read is an error, EPIPE.
class PipeWriter {
 public:
  PipeWriter() = default;
  explicit PipeWriter(Descriptor pipe);

  /// Writes all of `bytes`, which must stay until this ends, waiting for room as often as needed.
  /// After an error an unknown part of them is in the pipe. Errors: kIo, EPIPE, when every reader
  /// has closed its end.
  Task<Status> write(std::span<const std::byte> bytes, Deadline deadline = kContextDeadline);

  bool is_open() const { return pipe_.is_open(); }
  /// The reader gets what is in the pipe, and then 0.
  void close() { pipe_.close(); }
  Descriptor release() { return std::move(pipe_); }

 private:
  Descriptor pipe_;
};

/// Both ends.
class Pipe {
 public:
  /// A new pipe, which holds 64 KiB on Linux. Does not wait. Errors: kIo with the errno (EMFILE);
  /// kUnsupported in simulation.
  static Result<Pipe> make();

  PipeReader reader;
  PipeWriter writer;

 private:
  Pipe(Descriptor out, Descriptor in) : reader(std::move(out)), writer(std::move(in)) {}
};

}  // namespace troupe::io

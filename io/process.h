// Process: a child process: started, talked to through pipes, awaited, signalled, never a zombie.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "base/time.h"
#include "io/child.h"
#include "io/descriptor.h"
#include "io/pipe.h"

namespace troupe::io {

inline constexpr std::size_t kArgumentsMax = 65'536;  ///< Of a program, and of its environment.

/// What one of a child's first three descriptors is.
enum class ChildStream : std::uint8_t {
  kInherit,  ///< This process's own.
  kPipe,     ///< A pipe to this process: see Process::input() and so on.
  kNull,     ///< /dev/null.
};

struct ProcessOptions {
  /// A path; a name without a slash is looked for in this process's PATH.
  std::string program;
  /// Those after the program's name.
  std::vector<std::string> arguments = {};
  /// "NAME=value", the whole of it; none: this process's.
  std::optional<std::vector<std::string>> environment = std::nullopt;
  /// Empty: this process's. A relative `program` is looked for from there.
  std::string working_directory = {};
  ChildStream input = ChildStream::kNull;
  ChildStream output = ChildStream::kInherit;
  ChildStream errors = ChildStream::kInherit;
};

/// A process that runs, or has ended. The child has the three descriptors that the options say and
/// no other, every signal unblocked and as by default (but for two that the C library keeps to
/// itself), and otherwise what it inherits. Move-only. Thread: the core that it was started on.
///
/// One that is destroyed while it runs is killed (SIGKILL): what its owner forgot must not go on. A
/// thread of the process reaps it then, so that no zombie stays. Its own children are nobody's
/// concern here. This needs SIGCHLD as it is by default, or handled, but not ignored.
class Process {
 public:
  /// Starts it, on a thread of the pool kDefaultPool, since that may block. Errors: kIo with the
  /// errno (ENOENT, EACCES: the program or the directory, see describe(); EAGAIN, E2BIG, EMFILE);
  /// kInvalidArgument (a zero byte, kArgumentsMax); kUnsupported in simulation, and before Linux
  /// 5.4; those of blocking(). If the await ends early the child is killed.
  static Task<Result<Process>> spawn(ProcessOptions options, Deadline deadline = kContextDeadline);

  /// Waits for its end. Any number of times, one strand at a time. Errors: kDeadlineExceeded,
  /// kCancelled, kStopping: it still runs; kIo with the errno (ECHILD: somebody else reaped it).
  Task<Result<ExitStatus>> wait(Deadline deadline = kContextDeadline);
  /// How it ended, if wait() has seen that.
  const std::optional<ExitStatus>& ended() const { return child_.ended(); }

  /// Sends it signal `number`. Does not wait. Errors: kIo with the errno (ESRCH: it has ended,
  /// EINVAL).
  Status signal(int number) { return child_.signal(number); }

  /// The ends of its pipes; not open where the options said no pipe. They may be moved away. What
  /// waits for its input's end gets it when input() is closed.
  PipeWriter& input() { return input_; }
  PipeReader& output() { return output_; }
  PipeReader& errors() { return errors_; }

  int id() const { return child_.id(); }

 private:
  explicit Process(Child child) : child_(std::move(child)) {}

  Child child_;
  Descriptor watch_;  // a second descriptor of the process, which the core polls
  PipeWriter input_;
  PipeReader output_;
  PipeReader errors_;
};

/// The line for a person: what the error says, and of which program.
std::string describe(const Error& error, const ProcessOptions& options);

}  // namespace troupe::io

// Child: owns a child process of this one, by its descriptor, from its start until it is reaped.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/result.h"

namespace troupe::io {

/// How a process ended.
struct ExitStatus {
  int code = 0;    ///< What it exited with, if no signal ended it.
  int signal = 0;  ///< The signal that ended it; 0 if it exited.

  bool success() const { return code == 0 && signal == 0; }
  /// "exit code 3", "signal 9 (KILL)".
  std::string describe() const;
  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

/// Move-only. Thread: any, one at a time; not tied to a core. Its destructor kills a child that
/// runs and hands it to reap_later(); it does not wait.
class Child {
 public:
  /// `id`: a child that nobody else reaps. Errors: kIo with the errno; the child is killed and
  /// reaped then, which waits for it. kUnsupported: the kernel has no descriptors of processes.
  static Result<Child> adopt(int id);

  Child(Child&& other) noexcept
      : id_(other.id_),
        descriptor_(std::exchange(other.descriptor_, -1)),
        ended_(std::exchange(other.ended_, std::nullopt)) {}
  Child& operator=(Child&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(ended_, other.ended_);
    return *this;
  }
  ~Child();

  int id() const { return id_; }
  /// Readable once it has ended. Owned by this.
  int descriptor() const { return descriptor_; }
  Status signal(int number);
  /// Reaps it if it has ended: nothing if it runs still. Does not wait.
  Result<std::optional<ExitStatus>> try_reap();
  const std::optional<ExitStatus>& ended() const { return ended_; }

 private:
  Child(int id, int descriptor) : id_(id), descriptor_(descriptor) {}

  int id_;
  int descriptor_;
  std::optional<ExitStatus> ended_;
};

/// Reaps a child that was told to die, on a thread of its own that ends when there is none left.
/// Takes the descriptor. Thread: any.
void reap_later(int descriptor);
/// How many reap_later() has still to reap. For tests.
unsigned children_to_reap();

}  // namespace troupe::io

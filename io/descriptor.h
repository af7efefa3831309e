// Descriptor: owns a file descriptor of one core, and closes it.
#pragma once

#include <utility>

namespace troupe::io {

/// Move-only. Thread: the core that it was made on; an empty one, any. An open one may outlive the
/// core's turns, but then nothing may wait on it.
class Descriptor {
 public:
  Descriptor() = default;
  /// Takes `number`, an open descriptor with the flags of the current core's backend
  /// (Backend::descriptor_flags), or -1.
  explicit Descriptor(int number);
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  /// Closes it. Nothing may await an operation on it: aborts in debug builds. In others that
  /// operation ends as with close().
  ~Descriptor() { reset(); }

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

  /// Closes it now. Operations that are awaited on it end with kCancelled. For a file that others
  /// use too (a fork's, a dup's) only this number ends. Idempotent.
  void close();
  /// Gives the number away, to another core or owner, without closing it. As close() otherwise.
  int release();

 private:
  void reset();

  int number_ = -1;
};

/// Closes `number` where it belongs: in the kernel, or in the simulation, that the current core
/// asks. Off a core a simulated one is left to its simulation, which closes all at its end.
void close_descriptor(int number);

}  // namespace troupe::io

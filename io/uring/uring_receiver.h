// UringReceiver: one submission that receives again and again from one stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "io/request.h"

namespace troupe::io {

class UringBackend;

/// Of one socket, from the first kReceivePiece on; all its receives wait here then, so that bytes
/// keep their order. What comes while nobody waits is kept for the next, up to kAheadMax pieces:
/// then the kernel is told to pause, and the peer is slowed down by TCP. What it received until it
/// heard that is kept too. Thread: owner core only. Must live while busy().
class UringReceiver {
 public:
  static constexpr std::size_t kAheadMax = 4;

  UringReceiver(UringBackend& backend, int descriptor)
      : backend_(backend), descriptor_(descriptor) {}
  UringReceiver(const UringReceiver&) = delete;
  UringReceiver& operator=(const UringReceiver&) = delete;

  void add(Request& request);
  void remove(Request& request) { waiting_.remove(request); }
  /// Ends all that wait, with -ECANCELED; returns how many.
  unsigned cancel_waiting();
  /// Takes in a completion of the submission.
  void handle(int result, std::uint32_t flags);
  /// Takes in that of a request to pause.
  void handle_pause(int result);
  /// Gives back what is kept and asks the kernel to let go. Nobody may wait.
  void close();
  /// Asks again if the kernel could not be told.
  void retry_close() { pause(); }

  /// The kernel knows of this object.
  bool busy() const { return armed_ || pausing_; }

 private:
  /// `result` bytes at `at`; or the end or an error, and no buffer.
  struct Piece {
    std::byte* at;
    int result;
  };

  void take_in(const Piece& piece);
  bool give(const Piece& piece, Request& request);
  void arm();
  void pause();

  UringBackend& backend_;
  const int descriptor_;
  RequestList waiting_;      // Only while nothing is kept.
  std::vector<Piece> kept_;  // in order; few
  bool armed_ = false;
  bool pausing_ = false;
  bool closed_ = false;
};

}  // namespace troupe::io

// UringAcceptor: one submission that accepts many connections, dealt out to those who wait.
#pragma once

#include <cstddef>
#include <vector>

#include "io/request.h"

namespace troupe::io {

class UringBackend;

/// Of one listening descriptor. Accept requests wait here, not in the kernel, so that they can be
/// cancelled at once; what the kernel accepts while nobody waits is kept for the next, up to
/// kAheadMax: then the kernel is told to pause. What it accepted until it heard that is kept too:
/// no more than the listener's backlog. Thread: owner core only. Must live while busy().
class UringAcceptor {
 public:
  static constexpr std::size_t kAheadMax = 64;

  UringAcceptor(UringBackend& backend, int descriptor)
      : backend_(backend), descriptor_(descriptor) {}
  UringAcceptor(const UringAcceptor&) = delete;
  UringAcceptor& operator=(const UringAcceptor&) = delete;

  void add(Request& request);
  void remove(Request& request) { waiting_.remove(request); }
  /// Ends all that wait, with -ECANCELED; returns how many.
  unsigned cancel_waiting();
  /// Takes in a completion of the submission; `more`: others follow.
  void handle(int result, bool more);
  /// Takes in that of a request to pause.
  void handle_pause(int result);
  /// Closes what is kept and asks the kernel to let go. Nobody may wait.
  void close();
  /// Asks again if the kernel could not be told.
  void retry_close() { pause(); }

  /// The kernel knows of this object.
  bool busy() const { return armed_ || pausing_; }

 private:
  void arm();
  void pause();

  UringBackend& backend_;
  const int descriptor_;
  RequestList waiting_;
  std::vector<int> kept_;  // from given_ on
  std::size_t given_ = 0;
  bool armed_ = false;
  bool pausing_ = false;
  bool closed_ = false;
};

}  // namespace troupe::io

// SimFiles: the requests for files of one simulated core, on their way through a SimDisk.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "io/backend.h"
#include "io/request.h"
#include "io/sim/sim_disk.h"

namespace troupe::io {

/// A request takes effect at the end of the time that the disk takes for it. Until then it may be
/// cancelled, if chance says that nobody has begun it. Thread: that of the simulation.
class SimFiles {
 public:
  /// `backend` is whose requests these are. All outlive this.
  SimFiles(Backend& backend, const Time& clock, SimDisk& disk)
      : backend_(backend), clock_(clock), disk_(disk) {}

  /// Begins `request`, which the backend has entered and is of_file().
  void submit(Request& request);
  void cancel(Request& request);
  /// Finishes what is due by the clock.
  void reap();
  /// Finishes it now, done or not.
  void reclaim(Request& request);
  void reclaim_all();
  unsigned detach(int descriptor);
  void close(int descriptor) { disk_.close(descriptor); }

  /// When the next request will be finished; Time::max() if none is under way.
  Time next_due() const;

 private:
  struct UnderWay {
    Time due;
    Request* request;
  };

  void finish(std::size_t index, bool performs);
  std::size_t index_of(const Request& request) const;

  Backend& backend_;
  const Time& clock_;
  SimDisk& disk_;
  std::vector<UnderWay> under_way_;  // In the order of submission.
};

}  // namespace troupe::io

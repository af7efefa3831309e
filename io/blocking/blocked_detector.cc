#include "io/blocking/blocked_detector.h"

#include <sys/resource.h>

namespace troupe::io {

std::int64_t BlockedDetector::read_waits() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

}  // namespace troupe::io

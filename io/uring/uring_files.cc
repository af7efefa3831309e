#include "io/uring/uring_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace troupe::io {

bool UringFiles::open(io_uring& ring) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  // The kernel refuses a table that is larger than the limit of open files.
  const auto slots = static_cast<std::uint32_t>(std::min<rlim_t>(limit.rlim_cur, kSlotsMax));
  if (slots == 0 || io_uring_register_files_sparse(&ring, slots) < 0) return false;
  ring_ = &ring;
  slots_ = slots;
  return true;
}

bool UringFiles::add(int descriptor) {
  const auto slot = static_cast<std::uint32_t>(descriptor);
  return slot < slots_ && io_uring_register_files_update(ring_, slot, &descriptor, 1) == 1;
}

void UringFiles::remove(int descriptor) {
  const int none = -1;
  const auto slot = static_cast<unsigned>(descriptor);
  const int result = io_uring_register_files_update(ring_, slot, &none, 1);
  TROUPE_CHECK(result == 1, "a registered file cannot be removed: %s", std::strerror(-result));
}

}  // namespace troupe::io

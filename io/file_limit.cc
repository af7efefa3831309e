#include "io/file_limit.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

namespace troupe::io {

Result<std::uint64_t> raise_file_limit(std::uint64_t wanted) {
  const auto refused = [] {
    return Error(Code::kIo, static_cast<std::uint64_t>(errno), "the limit of open files");
  };
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return refused();
  if (limit.rlim_cur >= wanted) return std::uint64_t{limit.rlim_cur};
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return refused();
  return std::uint64_t{limit.rlim_cur};
}

}  // namespace troupe::io

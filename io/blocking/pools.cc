#include "io/blocking/pools.h"

#include <algorithm>

namespace troupe::io {

namespace {

constexpr std::size_t kNameBytesMax = 15;  // What the kernel keeps of a thread's name.
// Lookups of names wait for the network, all for the same few servers.
constexpr PoolOptions kNamesPoolOptions = {.name = kNamesPool, .threads = 4, .queue_max = 256};

Status check(const PoolOptions& pool) {
  const std::string_view name = pool.name != nullptr ? pool.name : "";
  if (name.empty() || name.size() > kNameBytesMax) {
    return Error(Code::kInvalidArgument, name.size(), "PoolOptions::name: 1 to 15 bytes");
  }
  if (pool.threads > kPoolThreadsMax) {
    return Error(Code::kInvalidArgument, pool.threads, "PoolOptions::threads: at most 1024");
  }
  if (pool.queue_max == 0 || pool.queue_max > kPoolJobsMax) {
    return Error(Code::kInvalidArgument, pool.queue_max, "PoolOptions::queue_max: 1 to 2^20");
  }
  return ok();
}

bool has(const std::vector<PoolOptions>& pools, std::string_view name) {
  return std::ranges::any_of(pools, [&](const PoolOptions& pool) { return pool.name == name; });
}

}  // namespace

BlockingPool* BlockingPools::find(std::string_view name) const {
  for (const auto& pool : pools_) {
    if (pool->name() == name) return pool.get();
  }
  return nullptr;
}

std::vector<PoolCounters> BlockingPools::counters() const {
  std::vector<PoolCounters> all;
  for (const auto& pool : pools_) all.push_back(pool->counters());
  return all;
}

Result<std::vector<PoolOptions>> BlockingPools::complete(std::vector<PoolOptions> pools,
                                                         unsigned threads) {
  std::vector<PoolOptions> complete;
  for (PoolOptions& pool : pools) {
    const Status checked = check(pool);
    if (!checked) return checked.error();
    if (has(complete, pool.name)) {
      return Error(Code::kInvalidArgument, 0, "SystemOptions::pools: two of the same name");
    }
    complete.push_back(pool);
  }
  if (!has(complete, kDefaultPool)) complete.push_back(PoolOptions());
  if (!has(complete, kNamesPool)) complete.push_back(kNamesPoolOptions);
  if (complete.size() > kPoolsMax) {
    return Error(Code::kInvalidArgument, complete.size(), "SystemOptions::pools: at most 64");
  }
  for (PoolOptions& pool : complete) {
    if (pool.threads == 0) pool.threads = std::clamp(threads, kPoolThreadsDefault, kPoolThreadsMax);
  }
  return complete;
}

}  // namespace troupe::io

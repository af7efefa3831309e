// MemoryOptions: how much the pools of a node's cores may hold.
#pragma once

#include <cstdint>

namespace troupe::io {

/// Of the machine's memory, or of the cgroup's limit if that is less, this part is not for pools by
/// default: tables and lanes of the runtime, what users allocate, stacks, the program itself.
inline constexpr unsigned kOutsidePoolsPercent = 25;

/// The least that MemoryOptions may say of either, in bytes.
inline constexpr std::uint64_t kCoreMemoryMin = 256 * 1024;

/// The budget counts what the pools take from the heap: messages, coroutine frames, cells, answers.
/// Containers of users and tables of the runtime are outside it.
struct MemoryOptions {
  /// Each core's share, at least kCoreMemoryMin. A core that needs more borrows what others do not
  /// use. 0: what the machine or the cgroup (v2) has, less kOutsidePoolsPercent, divided by cores.
  std::uint64_t bytes_per_core = 0;
  /// Beside the share, for each core: what must not fail lives on it once the whole node has no
  /// budget left. Control, answers, coroutine frames. At least kCoreMemoryMin.
  std::uint64_t reserve_bytes = 2 << 20;
};

}  // namespace troupe::io

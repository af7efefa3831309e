// What memory this process may use: of the machine, or of its cgroup.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/memory/memory_options.h"

namespace troupe::io {

/// How much, and who says so.
struct MachineMemory {
  std::uint64_t bytes = 0;
  const char* limit = "";  ///< "the machine" or "the cgroup".
};

/// The less of the machine's memory and of the limits (memory.max) of this process's cgroup (v2)
/// and of those above it. `root` stands before /proc and /sys, for tests. Nothing, if the kernel
/// does not say. Reads files: before the cores start.
std::optional<MachineMemory> machine_memory(const std::string& root = "");

/// The bytes in a line like "MemTotal:  2048 kB" of /proc/meminfo.
std::optional<std::uint64_t> meminfo_bytes(std::string_view meminfo, std::string_view name);

/// What a share comes to if nobody says: see MemoryOptions::bytes_per_core. At least
/// kCoreMemoryMin; kShareUnknown if the machine's memory is unknown.
std::uint64_t default_share(const std::optional<MachineMemory>& machine, unsigned cores);
inline constexpr std::uint64_t kShareUnknown = std::uint64_t{1} << 30;

}  // namespace troupe::io

#include "io/memory/machine_memory.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

namespace troupe::io {

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

/// The path of this process in the hierarchy of version 2: its line starts with "0::".
std::string cgroup_of(std::string_view lines) {
  constexpr std::string_view kVersion2 = "0::";
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    if (line.starts_with(kVersion2)) return std::string(line.substr(kVersion2.size()));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
  }
  return "";
}

/// The least limit of the cgroup and of those above it; "max" is none.
std::optional<std::uint64_t> cgroup_limit(const std::string& root) {
  std::string group = cgroup_of(text_of(root + "/proc/self/cgroup"));
  std::optional<std::uint64_t> least;
  for (;;) {
    while (group.ends_with('/')) group.pop_back();
    const auto limit = number_in(text_of(root + "/sys/fs/cgroup" + group + "/memory.max"));
    if (limit) least = std::min(least.value_or(*limit), *limit);
    if (group.empty()) return least;
    group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
  }
}

}  // namespace

std::optional<std::uint64_t> meminfo_bytes(std::string_view meminfo, std::string_view name) {
  const std::string start = std::string(name) + ":";
  std::size_t at = meminfo.starts_with(start) ? 0 : meminfo.find("\n" + start);
  if (at == std::string_view::npos) return std::nullopt;
  at += start.size() + (at == 0 && meminfo.starts_with(start) ? 0 : 1);
  const auto kibibytes = number_in(meminfo.substr(at, meminfo.find('\n', at) - at));
  return kibibytes ? std::optional(*kibibytes * 1024) : std::nullopt;
}

std::optional<MachineMemory> machine_memory(const std::string& root) {
  const auto machine = meminfo_bytes(text_of(root + "/proc/meminfo"), "MemTotal");
  const auto group = cgroup_limit(root);
  if (group && (!machine || *group < *machine)) return MachineMemory{*group, "the cgroup"};
  if (machine) return MachineMemory{*machine, "the machine"};
  return std::nullopt;
}

std::uint64_t default_share(const std::optional<MachineMemory>& machine, unsigned cores) {
  if (!machine) return kShareUnknown;
  const std::uint64_t pools = machine->bytes / 100 * (100 - kOutsidePoolsPercent);
  return std::max(pools / cores, kCoreMemoryMin);
}

}  // namespace troupe::io

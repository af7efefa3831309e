#include "io/io_report.h"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <optional>

#include "io/memory/core_heap.h"
#include "io/memory/machine_memory.h"
#include "io/request.h"
#include "io/uring/uring_backend.h"

namespace troupe::io {

namespace {

[[gnu::format(printf, 2, 3)]] void add_line(std::string& to, const char* format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  const int bytes = std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  to.append(line, std::min(static_cast<std::size_t>(std::max(bytes, 0)), sizeof line - 1));
  to.push_back('\n');
}

std::string kernel_release() {
  utsname names{};
  return uname(&names) == 0 ? std::string(names.sysname) + " " + names.release : "unknown";
}

struct Feature {
  const char* name;
  const char* since;
  bool wanted;
  bool used;
  const char* otherwise;  ///< What happens without it.
};

void add_features(std::string& to, const UringOptions& wanted, const UringFeatures& used) {
  const Feature features[] = {
      {"deferred work", "6.1", wanted.deferred_work, used.deferred_work,
       "the kernel interrupts the core"},
      {"cooperative work", "5.19", wanted.cooperative_work || wanted.deferred_work,
       used.cooperative_work, "the kernel interrupts the core"},
      {"registered ring", "5.18", wanted.registered_ring, used.registered_ring,
       "the ring is looked up in each call"},
      {"registered files", "5.19", wanted.registered_files, used.registered_files,
       "sockets are looked up in each operation"},
      {"multishot accept", "5.19", wanted.multishot_accept, used.multishot_accept,
       "a submission for each connection"},
      {"multishot receive", "6.0", wanted.multishot_receive, used.multishot_receive,
       "a poll and a receive for each piece"},
      {"zero-copy send", "6.0", wanted.zero_copy_bytes_min != 0, used.zero_copy_send,
       "the kernel copies what is sent"},
  };
  add_line(to, "  %-18s %-6s %s", "feature", "since", "in use");
  for (const Feature& feature : features) {
    if (feature.used) {
      add_line(to, "  %-18s %-6s yes", feature.name, feature.since);
    } else {
      add_line(to, "  %-18s %-6s no, %s: %s", feature.name, feature.since,
               feature.wanted ? "this kernel lacks it" : "switched off", feature.otherwise);
    }
  }
}

void add_operations(std::string& to, const Backend& backend) {
  std::string lacking;
  for (unsigned i = 0; i < kRequestKinds; ++i) {
    const auto kind = static_cast<RequestKind>(i);
    if (!backend.supports(kind))
      lacking += std::string(lacking.empty() ? "" : ", ") + name_of(kind);
  }
  add_line(to, "  operations that this kernel lacks: %s",
           lacking.empty() ? "none" : lacking.c_str());
}

void add_memory(std::string& to, const ThreadedOptions& options) {
  const auto mebibytes = [](std::uint64_t bytes) {
    return static_cast<unsigned long long>(bytes >> 20);
  };
  const unsigned cores = ThreadedEngine(options).cores();
  if (options.memory.bytes_per_core != 0) {
    add_line(to, "memory: %llu MiB for the pools of each of %u cores, as it was chosen; heap: %s",
             mebibytes(options.memory.bytes_per_core), cores, CoreHeap::name());
    return;
  }
  const std::optional<MachineMemory> machine = machine_memory();
  add_line(
      to, "memory: %llu MiB for the pools of each of %u cores, %u %% of %llu that %s has; heap: %s",
      mebibytes(default_share(machine, cores)), cores, 100 - kOutsidePoolsPercent,
      mebibytes(machine ? machine->bytes : 0), machine ? machine->limit : "nobody says what it",
      CoreHeap::name());
}

}  // namespace

std::string io_report(const ThreadedOptions& options) {
  std::string text;
  add_line(text, "kernel: %s", kernel_release().c_str());
  add_memory(text, options);
  if (options.kernel == KernelInterface::kEpoll) {
    add_line(text, "backend: epoll, as it was chosen");
    return text;
  }
  const Result<std::unique_ptr<UringBackend>> made = UringBackend::create(options.uring);
  if (!made) {
    const bool automatic = options.kernel == KernelInterface::kAutomatic;
    add_line(text, "backend: %s; io_uring cannot be had:", automatic ? "epoll" : "none");
    text += "  " + made.error().describe() + "\n";
    return text;
  }
  add_line(text, "backend: io_uring, %u entries", options.uring.entries);
  add_features(text, options.uring, (*made)->features());
  add_operations(text, **made);
  return text;
}

}  // namespace troupe::io

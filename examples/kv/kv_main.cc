// kv_server: keeps keys and values for clients of the Redis protocol, until Ctrl-C or SIGTERM.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "actor/actor.h"
#include "examples/kv/reception.h"
#include "examples/kv/server.h"
#include "io/file_limit.h"
#include "io/signals.h"

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

// As the bank's: beyond, the lanes between all cores take more than 20 GiB of addresses.
constexpr unsigned kCoresMax = 256;
// Of each core, beside those of clients: the backend's, the listener, standard streams.
constexpr std::uint64_t kFilesPerCore = 32;
constexpr std::uint64_t kMemoryBytesMin = std::uint64_t{1} << 20;
constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{1} << 44;

const std::map<std::string, troupe::BackendKind> kKernels = {
    {"automatic", troupe::BackendKind::kAutomatic},
    {"uring", troupe::BackendKind::kUring},
    {"epoll", troupe::BackendKind::kEpoll}};

/// What the command line says.
struct Arguments {
  std::uint16_t port = 6379;
  std::string bind = "127.0.0.1";
  std::uint64_t idle_seconds = 3600;
  bool io_report = false;
  kv::ServerOptions server;
  troupe::SystemOptions system;
};

int print_error(const std::string& what, int code) {
  std::fprintf(stderr, "error: %s\n", what.c_str());
  return code;
}

/// The options, bound to `arguments`.
void describe(CLI::App& app, Arguments& arguments) {
  app.add_option("--port", arguments.port, "Port to listen on; 0: a free one, which is printed")
      ->capture_default_str();
  app.add_option("--bind", arguments.bind,
                 "Address to listen on, in numbers: 0.0.0.0 for all of IPv4, :: for all. There are "
                 "no passwords: whoever reaches it may do everything")
      ->capture_default_str();
  app.add_option("--cores", arguments.system.cores, "Cores to use; 0: all")
      ->check(CLI::Range(0u, kCoresMax))
      ->capture_default_str();
  app.add_flag("--pin,!--no-pin", arguments.system.pin,
               "Keep each core on a CPU of its own (the default), or not");
  app.add_option("--kernel", arguments.system.backend,
                 "How to talk to the kernel: automatic (io_uring, or epoll where that is "
                 "forbidden), uring, epoll")
      ->transform(CLI::CheckedTransformer(kKernels));
  app.add_option("--max-clients", arguments.server.clients_max, "Clients at once, on all cores")
      ->check(CLI::Range(1u, kv::kClientsMax))
      ->capture_default_str();
  app.add_option(
         "--idle-seconds", arguments.idle_seconds,
         "Close a client that sends nothing for so long and subscribes to nothing; 0: never")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1'000'000'000}))
      ->capture_default_str();
  app.add_option("--memory-bytes", arguments.server.memory_bytes,
                 "Memory for keys and values, on all cores; beyond, writes are refused")
      ->check(CLI::Range(kMemoryBytesMin, kMemoryBytesMax))
      ->capture_default_str();
  app.add_flag("--io-report", arguments.io_report,
               "Say what this kernel offers and what of it would be used, and end");
  app.footer(
      "Ctrl-C or SIGTERM: answers what has come, closes, and exits with 0; the second one ends at "
      "once.\nExit code: 0 ended when told to, 1 could not start or failed, 2 wrong usage.");
}

/// Fills `arguments`; or gives the exit code with which the program ends at once.
std::optional<int> parse(int argc, char** argv, Arguments& arguments) {
  CLI::App app("Keeps keys and values for clients of the Redis protocol (RESP2).");
  describe(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    return print_error(std::string(error.what()) + " (see --help)", kExitUsage);
  }
  const bool v6 = arguments.bind.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + arguments.bind + "]" : arguments.bind;
  const auto address = troupe::io::Address::parse(host + ":" + std::to_string(arguments.port));
  if (!address) {
    return print_error("--bind " + arguments.bind + ": " + address.error().describe() +
                           ": an address in numbers is wanted, 127.0.0.1 or ::1 (see --help)",
                       kExitUsage);
  }
  arguments.server.address = *address;
  arguments.server.idle_max = arguments.idle_seconds == 0
                                  ? troupe::Duration::max()
                                  : std::chrono::seconds(arguments.idle_seconds);
  return std::nullopt;
}

/// How the cores divide their time.
troupe::io::ReactorOptions divide_time(unsigned cores) {
  troupe::io::ReactorOptions options;
  // What a turn has to send goes when it ends: after some clients, not after all of them, so that
  // clients and server work at the same time.
  options.nodes_per_turn = 32;
  // A core that is alone waits for the kernel only, and polling for that costs more than sleeping.
  if (cores == 1) options.spin_max = troupe::Duration(0);
  return options;
}

/// As many clients as the process may have files open.
void fit_to_files(kv::ServerOptions& options, unsigned cores) {
  const std::uint64_t own = kFilesPerCore * cores;
  const auto files = troupe::io::raise_file_limit(options.clients_max + own);
  if (!files || *files >= options.clients_max + own) return;
  const std::uint64_t fit = *files > own ? *files - own : 1;
  std::fprintf(stderr,
               "warning: the limit of open files is %llu: %llu clients are served at once instead "
               "of %u (raise ulimit -n, or lower --max-clients)\n",
               static_cast<unsigned long long>(*files), static_cast<unsigned long long>(fit),
               options.clients_max);
  options.clients_max = static_cast<std::uint32_t>(fit);
}

void print_summary(const kv::Server& server, int signal) {
  const kv::ClientCounters sum = server.counters();
  const double seconds = std::chrono::duration<double>(server.served).count();
  std::printf(
      "ended by %s after %.1f s: %llu clients served, %llu refused, %llu closed as idle, %llu as "
      "too slow\n",
      troupe::io::signal_name(signal), seconds, static_cast<unsigned long long>(sum.served),
      static_cast<unsigned long long>(sum.refused), static_cast<unsigned long long>(sum.idle),
      static_cast<unsigned long long>(sum.too_slow));
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (const std::optional<int> code = parse(argc, argv, arguments)) return *code;
  if (arguments.io_report) {
    std::fputs(troupe::io_report(arguments.system).c_str(), stdout);
    return 0;
  }
  arguments.system.cores = troupe::System(arguments.system).cores();
  arguments.system.node.reactor = divide_time(arguments.system.cores);
  troupe::System system(arguments.system);
  fit_to_files(arguments.server, system.cores());
  kv::Server server(arguments.server, system.cores());
  const troupe::Status status = system.run(kv::run_server, &server);
  if (!server.failure.empty()) return print_error(server.failure, kExitFailed);
  if (status) print_summary(server, system.signal());
  return system.exit_code(status);
}

// Memory of idle actors: resident bytes each, over a million that have started and wait for a
// message.
//   bazel run --config=opt //bench:idle
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "actor/actor.h"
#include "bench/actors.h"
#include "examples/hello/hello.actor.h"

namespace {

using namespace troupe;
using namespace std::chrono_literals;

/// Keys are 16 bytes: actor-0000000042.
constexpr std::size_t kKeyBytes = 16;
/// Spawned or told before the core turns to them: mailboxes and frames stay few.
constexpr std::uint64_t kBatch = 1000;

// As examples/hello has them.
std::string greeting(std::string_view name) {
  std::string text = "Hello, ";
  text += name;
  text += "!";
  return text;
}

Behavior greeter(hello::Greeter::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case hello::Greeter::Kind::kStop:
        co_return;
      case hello::Greeter::Kind::kUnknown:
        break;
      case hello::Greeter::Kind::kGreet:
        msg.greet().reply(greeting(msg.greet().name()));
        break;
    }
  }
}

/// Of this process, by the kernel's own count of pages.
std::uint64_t resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  unsigned long long total = 0;
  unsigned long long resident = 0;
  const int fields = file != nullptr ? std::fscanf(file, "%llu %llu", &total, &resident) : 0;
  if (file != nullptr) std::fclose(file);
  if (fields != 2) {
    std::fprintf(stderr, "error: /proc/self/statm cannot be read; it says how much is resident\n");
    std::exit(1);
  }
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

Task<Status> idle_spawned(Root root, std::uint64_t actors, double* bytes_each) {
  // The first makes whatever a core makes once.
  auto first = root.spawn<hello::Greeter>(greeter);
  auto warm = co_await first.ask(within(10s)).greet("you");
  if (!warm) co_return warm.error();
  const std::uint64_t before = resident_bytes();
  Ref<hello::Greeter> last;
  for (std::uint64_t made = 0; made < actors; made += kBatch) {
    const std::uint64_t batch = std::min(kBatch, actors - made);
    for (std::uint64_t i = 0; i < batch; ++i) last = root.spawn<hello::Greeter>(greeter);
    auto yielded = co_await yield();
    if (!yielded) co_return yielded;
  }
  auto answer = co_await last.ask(within(10s)).greet("you");
  if (!answer) co_return answer.error();
  *bytes_each = static_cast<double>(resident_bytes() - before) / static_cast<double>(actors);
  co_return ok();
}

std::string key_of(std::uint64_t number) {
  char key[kKeyBytes + 1];
  std::snprintf(key, sizeof key, "actor-%010llu", static_cast<unsigned long long>(number));
  return key;
}

Task<Status> idle_keyed(Root, std::uint64_t actors, double* bytes_each) {
  auto warm = co_await Ref<bench::Counter>(key_of(actors)).ask(within(10s)).total();
  if (!warm) co_return warm.error();
  const std::uint64_t before = resident_bytes();
  for (std::uint64_t made = 0; made < actors; made += kBatch) {
    const std::uint64_t batch = std::min(kBatch, actors - made);
    for (std::uint64_t i = 0; i < batch; ++i) Ref<bench::Counter>(key_of(made + i)).tell().add(1);
    auto yielded = co_await yield();
    if (!yielded) co_return yielded;
  }
  auto answer = co_await Ref<bench::Counter>(key_of(actors - 1)).ask(within(10s)).total();
  if (!answer) co_return answer.error();
  *bytes_each = static_cast<double>(resident_bytes() - before) / static_cast<double>(actors);
  co_return ok();
}

double measure(bool keyed, std::uint64_t actors) {
  SystemOptions options;
  options.cores = 1;
  options.stop_within = 10min;
  System system(options);
  system.serve<bench::Counter>(bench::counter);
  double bytes_each = 0;
  const Status status = system.run(keyed ? idle_keyed : idle_spawned, actors, &bytes_each);
  if (!status) {
    std::fprintf(stderr, "error: %s\n", status.error().describe().c_str());
    std::exit(1);
  }
  return bytes_each;
}

/// Each in a process of its own: what one leaves in the allocator would flatter the next.
double measure_apart(bool keyed, std::uint64_t actors) {
  int ends[2];
  if (pipe(ends) != 0) {
    std::perror("error: pipe");
    std::exit(1);
  }
  const pid_t child = fork();
  if (child == 0) {
    const double bytes = measure(keyed, actors);
    _exit(write(ends[1], &bytes, sizeof bytes) == sizeof bytes ? 0 : 1);
  }
  close(ends[1]);
  double bytes = 0;
  const bool arrived = read(ends[0], &bytes, sizeof bytes) == sizeof bytes;
  close(ends[0]);
  int state = 0;
  waitpid(child, &state, 0);
  if (!arrived || state != 0) {
    std::fprintf(stderr, "error: the measuring process ended with state %d\n", state);
    std::exit(1);
  }
  return bytes;
}

void print_row(const char* name, std::vector<double> rounds) {
  std::sort(rounds.begin(), rounds.end());
  std::printf("%-28s %7.1f bytes each (median; %.1f to %.1f in %zu rounds)\n", name,
              rounds[rounds.size() / 2], rounds.front(), rounds.back(), rounds.size());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t actors = 1'000'000;
  unsigned rounds = 5;
  CLI::App app("Resident bytes of an idle actor, over many that have started and wait.");
  app.add_option("--actors", actors, "How many")
      ->check(CLI::Range(std::uint64_t{1000}, std::uint64_t{10'000'000}))
      ->capture_default_str();
  app.add_option("--rounds", rounds, "Processes measured for each row, interleaved")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  std::vector<double> spawned;
  std::vector<double> keyed;
  for (unsigned round = 0; round < rounds; ++round) {
    spawned.push_back(measure_apart(false, actors));
    keyed.push_back(measure_apart(true, actors));
  }
  std::printf("%llu idle actors on one core\n", static_cast<unsigned long long>(actors));
  print_row("idle_actor", spawned);
  print_row("idle_keyed_actor_16_byte_key", keyed);
  return 0;
}

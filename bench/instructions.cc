// One workload on one simulated core, to be counted by bench/count_instructions.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "bench/workloads.h"

namespace {

struct Row {
  std::string_view name;
  bench::Workload workload;
};
constexpr Row kRows[] = {
    {"tell_same_core", bench::tell_same},      {"ask_same_core", bench::ask_same},
    {"ping_pong_same_core", bench::ping_pong}, {"ring_hop", bench::ring_of_100},
    {"fan_out_100", bench::fan_out},           {"topic_publish_100", bench::topic_publish},
    {"spawn_tell_stop", bench::lives},
};

}  // namespace

int main(int argc, char** argv) {
  for (const Row& row : kRows) {
    if (argc != 3 || row.name != argv[1]) continue;
    troupe::SystemOptions options;
    options.backend = troupe::BackendKind::kSimulation;
    options.cores = 1;
    troupe::System system(options);
    double nanoseconds = 0;
    const troupe::Status status =
        system.run(row.workload, std::uint64_t{std::strtoull(argv[2], nullptr, 10)}, &nanoseconds);
    return troupe::exit_code_of(status);
  }
  std::fprintf(stderr, "usage: instructions ROW OPERATIONS; the rows are:\n");
  for (const Row& row : kRows) std::fprintf(stderr, "  %s\n", row.name.data());
  return 2;
}

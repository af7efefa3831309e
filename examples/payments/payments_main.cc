// payments: shops sell through a gateway whose processors fail; proves that the books agree.
#include <cinttypes>
#include <cstdio>
#include <optional>

#include <CLI/CLI.hpp>

#include "examples/command_line/command_line.h"
#include "examples/payments/shop.h"

namespace {

using payments::ShopOptions;
using payments::Summary;

constexpr int kExitSignal = 128;  // plus its number

double euros(std::uint64_t cents) { return static_cast<double>(cents) / 100.0; }

/// Fills both; or gives the exit code with which the program ends at once.
std::optional<int> parse(int argc, char** argv, ShopOptions& shop, examples::Place& place) {
  CLI::App app("A payment gateway on all cores, whose processors fail now and then.");
  app.add_option("--payments", shop.payments, "How many")
      ->check(CLI::Range(std::uint64_t{1}, payments::kPaymentsMax))
      ->capture_default_str();
  app.add_option("--concurrency", shop.concurrency, "Payments under way at once on each core")
      ->check(CLI::Range(1u, 10'000u))
      ->capture_default_str();
  app.add_option("--crash-one-in", shop.faults.crash_one_in,
                 "A processor fails at one in so many calls; 0: never")
      ->capture_default_str();
  app.add_option("--lose-one-in", shop.faults.lose_one_in,
                 "The network loses one in so many answers; 0: none")
      ->capture_default_str();
  app.add_option("--seed", shop.seed, "Of amounts and cards")->capture_default_str();
  examples::add_place_options(app, place);
  app.footer(
      "Ctrl-C or SIGTERM: starts no further payment, settles those under way, proves the rest; the "
      "second ends at once.\nExit code: 0 the books agree, 1 they do not or something failed, 2 "
      "wrong usage, 130 ended by Ctrl-C, 143 by SIGTERM.");
  if (const auto code = examples::parse(app, argc, argv, place)) return code;
  place.system.signals = troupe::Signals::kTellMain;
  return std::nullopt;
}

void print_summary(const Summary& summary) {
  const double seconds = static_cast<double>(summary.elapsed.count()) / 1e9;
  std::printf("payments    %" PRIu64 " captured, %" PRIu64 " declined, %" PRIu64 " failed",
              summary.captured, summary.declined, summary.failed);
  if (summary.not_started != 0) std::printf(", %" PRIu64 " not started", summary.not_started);
  std::printf("\nelapsed     %.3f s\n", seconds);
  std::printf("faults      %" PRIu64 " restarts of processors, %" PRIu64 " answers lost, %" PRIu64
              " requests repeated by shops\n",
              summary.restarts, summary.answers_lost, summary.repeated);
  std::printf("idempotent  %" PRIu64 " calls were for what the network held already\n",
              summary.holds_repeated);
  std::printf("refunds     %" PRIu64 ", %.2f EUR\n", summary.refunds, euros(summary.given_back));
  std::printf("books       %.2f EUR sold, %.2f EUR held: %s\n", euros(summary.sold),
              euros(summary.held),
              summary.proved() ? "each payment agrees" : "THE BOOKS DO NOT AGREE");
}

}  // namespace

int main(int argc, char** argv) {
  ShopOptions shop;
  examples::Place place;
  if (const std::optional<int> code = parse(argc, argv, shop, place)) return *code;

  troupe::System system(place.system);
  payments::serve_payments(system, shop);
  examples::print_place("payments", place, system);
  Summary summary;
  const troupe::Status status = system.run(payments::run_shops, shop, &summary);
  if (!status) return system.exit_code(status);
  print_summary(summary);
  examples::print_messages(place, system, summary.elapsed);
  if (!summary.proved()) return examples::kExitFailed;
  return system.signal() != 0 ? kExitSignal + system.signal() : 0;
}

#include "examples/bank/bank_report.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "io/signals.h"

namespace bank {

namespace {

double microseconds(troupe::Duration duration) {
  return static_cast<double>(duration.count()) / 1000.0;
}

/// A count by seconds; 0 if no time passed.
double rate(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

void print_not_done(const Summary& summary, int signal) {
  if (signal == 0) return;
  if (summary.not_started == 0) {
    std::printf("not done    nothing: every transfer was started before %s\n",
                troupe::io::signal_name(signal));
    return;
  }
  const std::uint64_t all =
      summary.applied + summary.refused + summary.failed + summary.not_started;
  std::printf("not done    %" PRIu64 " of %" PRIu64 " transfers, not started after %s: %s\n",
              summary.not_started, all, troupe::io::signal_name(signal),
              describe_rows(summary.not_started_rows).c_str());
}

void print_messages(const troupe::Ledger& ledger) {
  std::printf("messages    %" PRIu64 " sent = %" PRIu64 " handled + %" PRIu64 " dropped\n",
              ledger.sent, ledger.handled, ledger.dropped_total());
  for (std::size_t reason = 0; reason < troupe::kDropReasons; ++reason) {
    if (ledger.dropped[reason] == 0) continue;
    std::printf("            %" PRIu64 " dropped: %s (their asks were answered and repeated)\n",
                ledger.dropped[reason], to_string(static_cast<troupe::DropReason>(reason)));
  }
}

}  // namespace

std::string describe_rows(const std::vector<RowRange>& ranges) {
  std::string text = "rows ";
  for (std::size_t i = 0; i < std::min(ranges.size(), kRangesMax); ++i) {
    if (i != 0) text += ", ";
    text += std::to_string(TransfersFile::row_of(ranges[i].first));
    if (ranges[i].last != ranges[i].first) {
      text += "-" + std::to_string(TransfersFile::row_of(ranges[i].last));
    }
  }
  if (ranges.size() > kRangesMax) {
    text += " and " + std::to_string(ranges.size() - kRangesMax) + " more ranges up to row " +
            std::to_string(TransfersFile::row_of(ranges.back().last));
  }
  return text;
}

void print_summary(const Summary& summary, const troupe::System& system, unsigned concurrency) {
  const double seconds = static_cast<double>(summary.elapsed.count()) / 1e9;
  std::printf("transfers   %" PRIu64 " applied, %" PRIu64 " refused, %" PRIu64 " failed",
              summary.applied, summary.refused, summary.failed);
  if (summary.repeated != 0) std::printf(" (%" PRIu64 " settled by repeating)", summary.repeated);
  std::printf("\n");
  print_not_done(summary, system.signal());
  std::printf("elapsed     %.3f s, %.0f transfers/s\n", seconds,
              rate(summary.applied + summary.refused, seconds));
  troupe::MemoryCounters memory;
  for (std::size_t core = 0; core < system.reports().size(); ++core) {
    const troupe::CoreReport& report = system.reports()[core];
    memory += report.memory;
    std::printf("core %-2zu     %.0f messages/s handled, %" PRIu64
                " frames to other cores, "
                "%" PRIu64 " sleeps\n",
                core, rate(report.ledger.handled, seconds), report.frames_sent,
                report.reactor.sleeps);
  }
  std::printf("ask         p50 %.1f us, p99 %.1f us (%u transfers under way on each core)\n",
              microseconds(summary.ask_time(0.5)), microseconds(summary.ask_time(0.99)),
              concurrency);
  print_messages(system.ledger());
  std::printf("memory      %s\n", memory.text().c_str());
  std::printf(
      "money       %.2f before, %.2f after: %s\n",
      static_cast<double>(summary.total_expected) / 100.0,
      static_cast<double>(summary.total_found) / 100.0,
      summary.conserved() ? "conserved, every account as its transfers say" : "NOT CONSERVED");
}

}  // namespace bank

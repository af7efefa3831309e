// What the bank prints about a run.
#pragma once

#include <string>
#include <vector>

#include "actor/actor.h"
#include "examples/bank/bank.h"

namespace bank {

/// Prints to standard output what `system` did, after its run. `concurrency`: transfers under way
/// at once on each core.
void print_summary(const Summary& summary, const troupe::System& system, unsigned concurrency);

/// The ranges as rows of the file, "rows 2-17, 40, 51-60"; beyond kRangesMax they are only counted.
std::string describe_rows(const std::vector<RowRange>& ranges);

inline constexpr std::size_t kRangesMax = 16;

}  // namespace bank

#include "codegen/suggest.h"

#include <algorithm>
#include <vector>

#include "codegen/limits.h"

namespace troupe::codegen {
namespace {

bool has_same_letters(std::string_view one, std::string_view two) {
  return one.size() == two.size() && std::is_permutation(one.begin(), one.end(), two.begin());
}

}  // namespace

std::size_t edit_distance(std::string_view from, std::string_view to) {
  // Three rows of the usual table: the swap of neighbours looks back two rows.
  std::vector<std::size_t> before(to.size() + 1), previous(to.size() + 1), current(to.size() + 1);
  for (std::size_t column = 0; column <= to.size(); ++column) previous[column] = column;
  for (std::size_t row = 1; row <= from.size(); ++row) {
    current[0] = row;
    for (std::size_t column = 1; column <= to.size(); ++column) {
      const std::size_t replace = from[row - 1] == to[column - 1] ? 0 : 1;
      current[column] =
          std::min({previous[column] + 1, current[column - 1] + 1, previous[column - 1] + replace});
      const bool swapped = row > 1 && column > 1 && from[row - 1] == to[column - 2] &&
                           from[row - 2] == to[column - 1];
      if (swapped) current[column] = std::min(current[column], before[column - 2] + 1);
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[to.size()];
}

std::string nearest(std::string_view word, std::span<const std::string_view> known) {
  if (word.size() > kNameBytesMax) return {};
  std::size_t best_distance = word.size() <= 3 ? 1 : kSuggestionDistanceMax;
  std::string best;
  for (const std::string_view candidate : known) {
    const std::size_t longer = std::max(candidate.size(), word.size());
    const std::size_t shorter = std::min(candidate.size(), word.size());
    if (longer - shorter > best_distance || candidate == word) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance > best_distance) continue;
    const bool is_better = distance < best_distance || best.empty() ||
                           (has_same_letters(word, candidate) && !has_same_letters(word, best));
    if (!is_better) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

std::string nearest(std::string_view word, std::span<const std::string> known) {
  const std::vector<std::string_view> views(known.begin(), known.end());
  return nearest(word, std::span<const std::string_view>(views));
}

}  // namespace troupe::codegen

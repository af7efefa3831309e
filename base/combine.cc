#include "base/combine.h"

#include <algorithm>

#include "base/async_stack.h"

namespace troupe::detail {

void Combination::show_branches(AsyncStack& stack) const {
  for (const Strand& strand : strands_) stack.add_branch(strand);
}

bool Combination::some_branch_needs(const Operation& other, unsigned levels) const {
  return levels != 0 && std::ranges::any_of(strands_, [&](const Strand& strand) {
           return strand.needs(other, levels - 1);
         });
}

}  // namespace troupe::detail

// The contracts below codegen/golden, for tests that run in the root of the workspace.
#pragma once

#include <string>
#include <vector>

namespace troupe::codegen {

/// Paths of all contracts in golden/good or golden/bad and below, sorted:
/// "codegen/golden/good/bank.actor".
std::vector<std::string> golden_contracts(const std::string& folder);

/// The content of a file that must be there.
std::string golden_text(const std::string& path);

}  // namespace troupe::codegen

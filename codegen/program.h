// The file that is compiled and everything that it imports, each parsed once.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "codegen/diagnostics.h"
#include "codegen/import_files.h"
#include "codegen/source.h"
#include "codegen/unit.h"

namespace troupe::codegen {

class Program {
 public:
  /// Parses `source`, which outlives the program, and transitively what it imports. Rules of the
  /// language but those about imports are for whoever comes next.
  Program(const Source& source, const ImportFiles& files);

  /// Every unit after those that it imports, so the last one is the file itself.
  std::size_t size() const { return units_.size(); }
  Unit& unit(std::size_t index) { return *units_[index]; }
  const Unit& main() const { return *units_.back(); }

  /// What is wrong with a unit so far, to be added to.
  Diagnostics& findings(std::size_t index) { return findings_[index]; }
  /// Of all files.
  Diagnostics take_findings();

 private:
  std::vector<std::unique_ptr<Unit>> units_;
  std::deque<Diagnostics> findings_;
};

}  // namespace troupe::codegen

#include "codegen/struct_order.h"

#include <algorithm>
#include <utility>

namespace troupe::codegen {
namespace {

/// A depth-first walk with its own stack, so that a long chain of structs cannot exhaust ours.
class StructWalk {
 public:
  explicit StructWalk(const Symbols& symbols)
      : file_(symbols.unit().tree), symbols_(symbols), states_(file_.structs.size(), State::kNew) {
    result_.depth.resize(file_.structs.size(), 1);
  }

  StructOrder run();

 private:
  enum class State { kNew, kOpen, kDone };
  struct Step {
    std::size_t structure;
    std::size_t next_field;
  };

  void visit(std::size_t root);
  /// The struct that `field` holds, or null; `lists` is how many lists are around it.
  const Symbol* struct_in(const FieldNode& field, std::size_t& lists) const;
  void deepen(std::size_t structure, std::size_t depth);
  void record_cycle(std::size_t back_to);

  const FileNode& file_;
  const Symbols& symbols_;
  std::vector<State> states_;
  std::vector<Step> open_;
  StructOrder result_;
};

StructOrder StructWalk::run() {
  for (std::size_t index = 0; index < file_.structs.size(); ++index) {
    if (states_[index] == State::kNew) visit(index);
  }
  return std::move(result_);
}

const Symbol* StructWalk::struct_in(const FieldNode& field, std::size_t& lists) const {
  const TypeNode& type = innermost(field.type, lists);
  if (type.has_argument()) return nullptr;
  const Symbol* symbol = symbols_.find(type.path);
  return symbol != nullptr && symbol->kind == SymbolKind::kStruct ? symbol : nullptr;
}

void StructWalk::deepen(std::size_t structure, std::size_t depth) {
  result_.depth[structure] = std::max(result_.depth[structure], depth);
}

void StructWalk::visit(std::size_t root) {
  states_[root] = State::kOpen;
  open_.push_back({root, 0});
  while (!open_.empty()) {
    const std::size_t current = open_.back().structure;
    const std::vector<FieldNode>& fields = file_.structs[current].fields;
    if (open_.back().next_field == fields.size()) {
      states_[current] = State::kDone;
      result_.order.push_back(current);
      open_.pop_back();
      continue;
    }
    std::size_t lists = 0;
    const Symbol* inner = struct_in(fields[open_.back().next_field++], lists);
    deepen(current, 1 + lists);
    if (inner == nullptr) continue;
    if (inner->unit != &symbols_.unit()) {
      // Empty where the imported file has a cycle of its own, which is reported there.
      const std::vector<std::size_t>& depths = inner->unit->struct_depths;
      if (inner->index < depths.size()) deepen(current, 1 + lists + depths[inner->index]);
    } else if (states_[inner->index] == State::kNew) {
      states_[inner->index] = State::kOpen;
      --open_.back().next_field;  // looked at again when the inner one is done, for its depth
      open_.push_back({inner->index, 0});
    } else if (states_[inner->index] == State::kOpen) {
      record_cycle(inner->index);
    } else {
      deepen(current, 1 + lists + result_.depth[inner->index]);
    }
  }
}

void StructWalk::record_cycle(std::size_t back_to) {
  std::vector<Containment> cycle;
  for (const Step& step : open_) {
    if (cycle.empty() && step.structure != back_to) continue;
    // For all but the last, next_field still points at the field that led on.
    const bool is_last = &step == &open_.back();
    const std::size_t field = is_last ? step.next_field - 1 : step.next_field;
    cycle.push_back({step.structure, &file_.structs[step.structure].fields[field]});
  }
  result_.cycles.push_back(std::move(cycle));
}

}  // namespace

StructOrder order_structs(const Symbols& symbols) { return StructWalk(symbols).run(); }

const TypeNode& innermost(const TypeNode& type, std::size_t& lists) {
  const TypeNode* inner = &type;
  while (inner->has_argument() && (inner->word() == "list" || inner->word() == "option")) {
    if (inner->word() == "list") ++lists;
    inner = &inner->argument.front();
  }
  return *inner;
}

}  // namespace troupe::codegen

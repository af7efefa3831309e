#include "actor/leak_report.h"

#include <algorithm>
#include <vector>

#include "actor/core.h"
#include "base/async_stack.h"

namespace troupe {

namespace {

std::string count(std::size_t number, const char* what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string indented(const std::string& text) {
  std::string lines = "\n  ";
  for (const char character : text) {
    lines += character;
    if (character == '\n') lines += "  ";
  }
  return lines;
}

std::string asker_text(const Strand& strand) {
  std::string text = "\nan ask";
  if (const auto* cell = dynamic_cast<const Cell*>(strand.owner()); cell != nullptr) {
    text += " of " + path_of(*cell);
  }
  return text + " waits for its answer" + indented(async_stack(strand).text());
}

}  // namespace

std::string path_of(const Cell& cell) {
  std::vector<std::string> names;
  for (const Cell* at = &cell; at != nullptr; at = at->parent()) {
    std::string name(at->name().empty() ? at->key() : at->name());
    if (name.empty()) name = "$" + std::to_string(at->address().slot);
    names.push_back(std::move(name));
  }
  const Cell* root = &cell;
  while (root->parent() != nullptr) root = root->parent();
  std::string path = "/user";
  if (root->guardian() == Guardian::kSystem) path = "/system";
  if (root->guardian() == Guardian::kKeyed) path = "/keyed";
  for (auto name = names.rbegin(); name != names.rend(); ++name) path += "/" + *name;
  return path;
}

std::string leak_report(const Core& core, std::size_t limit, bool (*counts)(const Cell&)) {
  std::size_t actors = 0;
  std::string lines;
  core.cells.for_each([&](const Cell& cell) {
    if (counts != nullptr && !counts(cell)) return;
    if (actors++ < limit) lines += "\n" + path_of(cell) + ": " + cell.report().text();
  });
  if (actors == 0 && core.asks.open() == 0) return {};
  std::string text = "core " + std::to_string(core.index()) + ": " + count(actors, "actor") + ", " +
                     count(core.asks.open(), "open ask") + ", " +
                     count(core.timers().armed(), "timer") + lines;
  std::size_t shown = 0;
  core.asks.for_each([&](const PendingAsk& ask) {
    if (shown++ < limit) text += asker_text(ask.asker());
  });
  return text;
}

}  // namespace troupe

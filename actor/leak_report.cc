#include "actor/leak_report.h"

#include <algorithm>
#include <vector>

#include "actor/core.h"
#include "actor/names/identity.h"
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

std::string place_of(const Cell& cell) { return std::string(path_of(cell).below_anchor()); }

std::string ask_text(const PendingAsk& ask) {
  const Strand& strand = ask.asker();
  std::string text = "\nan ask";
  if (const auto* cell = dynamic_cast<const Cell*>(strand.owner()); cell != nullptr) {
    text += " of " + place_of(*cell);
  }
  text += " waits for its answer";
  if (ask.asked().known()) {
    text += ": " + ask.asked().message() + ", of " + ask.asked().actor();
  }
  return text + indented(async_stack(strand).text());
}

}  // namespace

std::string leak_report(const Core& core, std::size_t limit, bool (*counts)(const Cell&)) {
  std::size_t actors = 0;
  std::string lines;
  core.cells.for_each([&](const Cell& cell) {
    if (counts != nullptr && !counts(cell)) return;
    if (actors++ < limit) lines += "\n" + place_of(cell) + ": " + cell.report().text();
  });
  if (actors == 0 && core.asks.open() == 0) return {};
  std::string text = "core " + std::to_string(core.index()) + ": " + count(actors, "actor") + ", " +
                     count(core.asks.open(), "open ask") + ", " +
                     count(core.timers().armed(), "timer") + lines;
  std::size_t shown = 0;
  core.asks.for_each([&](std::uint32_t slot) {
    if (shown++ < limit) text += ask_text(core.asks.at(slot));
  });
  return text;
}

}  // namespace troupe

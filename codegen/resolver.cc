#include "codegen/resolver.h"

#include <vector>

#include "codegen/namer.h"
#include "codegen/suggest.h"
#include "codegen/types.h"

namespace troupe::codegen {
namespace {

std::string written(std::span<const Name> path) {
  return joined(std::vector<Name>(path.begin(), path.end()));
}

}  // namespace

const Symbol* Resolver::find(std::span<const Name> path, std::string_view what,
                             std::optional<SymbolKind> kind) {
  const Symbol* symbol = symbols_.find(path);
  if (symbol != nullptr) return symbol;
  const Span span{path.front().span.begin, path.back().span.end};
  if (const Symbol* indirect = symbols_.find_indirect(path); indirect != nullptr) {
    diagnostics_
        .error(span, "'" + written(path) + "' is declared in " + indirect->unit->path +
                         ", which this file does not import itself")
        .suggest("import \"" + indirect->unit->path + "\";");
    return nullptr;
  }
  // The declaration may be one that could not be parsed, or is in a file that could not be read.
  if (!symbols_.unit().is_complete() && is_camel_case(path.back().text)) return nullptr;
  diagnostics_.error(span, "unknown " + std::string(what) + " '" + written(path) + "'")
      .suggest(meant(path, kind));
  return nullptr;
}

const Symbol* Resolver::find_actor(std::span<const Name> path) {
  const Symbol* symbol = find(path, "actor", SymbolKind::kActor);
  if (symbol == nullptr || symbol->kind == SymbolKind::kActor) return symbol;
  diagnostics_
      .error({path.front().span.begin, path.back().span.end},
             "'" + std::string(symbol->name.text) + "' is " + std::string(describe(symbol->kind)) +
                 ", not an actor")
      .note(symbol->unit->source, symbol->name.span, "declared here");
  return nullptr;
}

std::string Resolver::meant(std::span<const Name> path, std::optional<SymbolKind> kind) const {
  if (!kind && path.size() == 1) {
    const std::string_view word = type_word_for(path.front().text);
    if (!word.empty()) return std::string(word);
  }
  std::vector<std::string> known = kind ? symbols_.names(*kind) : symbols_.names();
  // The right name without its package, or with a wrong one.
  const std::string name(path.back().text);
  for (const std::string& candidate : known) {
    if (candidate == name || candidate.ends_with("." + name)) return candidate;
  }
  // Its own package needs no name, and may have one.
  const bool is_own =
      path.size() > 1 && written(path.first(path.size() - 1)) == symbols_.unit().package;
  if (is_own) return nearest(name, known);
  if (!kind) known.insert(known.end(), type_words().begin(), type_words().end());
  return nearest(written(path), known);
}

}  // namespace troupe::codegen

// What `actorc gen --emit` can make of a contract. A new emitter is one entry in emitters.cc.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/ir.capnp.h"

namespace troupe::codegen {

/// A file that an emitter makes. `suffix` is put behind the name of the source: `bank.actor` and
/// `.h` become `bank.actor.h`.
struct Output {
  std::string_view suffix;
  std::string content;
};

struct Emitter {
  std::string_view name;
  /// Whether it runs when `--emit` is not given.
  bool by_default;
  /// What it makes, always the same files in the same order.
  std::span<const std::string_view> suffixes;
  std::vector<Output> (*emit)(ir::File::Reader file);
};

inline constexpr std::string_view kHeaderSuffix = ".h";
inline constexpr std::string_view kSourceSuffix = ".cc";
inline constexpr std::string_view kSchemaSuffix = ".capnp";
inline constexpr std::string_view kIrSuffix = ".ir";
inline constexpr std::string_view kIrTextSuffix = ".ir.txt";

std::span<const Emitter> emitters();

/// Null if there is none of that name.
const Emitter* find_emitter(std::string_view name);

}  // namespace troupe::codegen

// For tests: orders, messages with all that a schema can say, filled at random and read whole.
#pragma once

#include "base/capnp_compat.h"  // before any header of the library

#include <capnp/dynamic.h>

#include <cstdint>
#include <span>
#include <string>

#include "base/random.h"
#include "protocols/frame.h"
#include "protocols/shape.h"

namespace troupe::protocols::test_orders {

/// One order as three versions of its schema have it.
inline constexpr const char* kStructures[] = {"OldOrder", "Order", "NewOrder"};

capnp::StructSchema schema_of(const char* structure);
const StructShape& shape_of(const char* structure);

/// Fills messages with whatever their schema allows, in any order, some things twice.
class Filler {
 public:
  explicit Filler(std::uint64_t seed) : random_(seed) {}

  /// From `depth` on: structs and lists end at kDepth.
  void fill(capnp::DynamicStruct::Builder to, unsigned depth);

 private:
  static constexpr unsigned kDepth = 3;

  void fill(capnp::DynamicList::Builder to, unsigned depth);
  template <class Set>
  void set(capnp::Type type, Set to);
  unsigned size() { return static_cast<unsigned>(random_.below(5)); }
  std::string text() { return std::string(random_.below(20), 't'); }

  Random random_;
};

/// Has the library read every field of a payload, under the limits that the validator has. Empty,
/// or what it found wrong.
std::string library_refusal(std::span<const Word> payload, const char* structure);

}  // namespace troupe::protocols::test_orders

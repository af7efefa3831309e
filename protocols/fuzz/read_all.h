// Reads every byte of a payload that a shape names, through the readers that generated code uses.
// Under the sanitizers, a read that the validator should have prevented ends the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocols/frame.h"
#include "protocols/list_reader.h"
#include "protocols/shape.h"
#include "protocols/struct_reader.h"

namespace troupe::protocols {

class ReadAll {
 public:
  /// A sum of all that was read, so that no read is left out as unused.
  std::uint64_t sum() const { return sum_; }

  void read(const StructReader& from, const StructShape& shape) {
    // Also what lies behind the data section, where a newer schema's fields would be.
    const unsigned words = from.data_words() + 2;
    for (unsigned i = 0; i < words; ++i) {
      sum_ += from.get<std::uint64_t>(i, 7) + from.get<std::uint16_t>(4 * i + 3);
      sum_ += from.get_bool(64 * i + 63, true) ? 1 : 0;
    }
    for (const PointerShape& pointer : shape.pointers) {
      switch (pointer.kind) {
        case PointerKind::kText:
          add(from.text(pointer.index, "default"));
          break;
        case PointerKind::kBytes:
          add(from.bytes(pointer.index));
          break;
        case PointerKind::kStruct:
          read_if_there(from, pointer);
          break;
        case PointerKind::kList:
          read(from.list(pointer.index), *pointer.list);
          break;
      }
    }
  }

 private:
  /// A shape may contain itself; a reader of defaults has no end.
  void read_if_there(const StructReader& from, const PointerShape& pointer) {
    const StructReader inner = from.structure(pointer.index);
    if (inner.data() != nullptr) read(inner, *pointer.structure);
  }

  void read(const ListReader& list, const ListShape& shape) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto index = static_cast<unsigned>(i);
      switch (shape.element) {
        case ElementKind::kBit:
          sum_ += list.get_bool(i) ? 1 : 0;
          break;
        case ElementKind::kOneByte:
          sum_ += list.get<std::uint8_t>(i);
          break;
        case ElementKind::kTwoBytes:
          sum_ += list.get<std::uint16_t>(i);
          break;
        case ElementKind::kFourBytes:
          sum_ += list.get<std::uint32_t>(i);
          break;
        case ElementKind::kEightBytes:
          sum_ += list.get<std::uint64_t>(i);
          break;
        case ElementKind::kText:
          add(list.pointers().text(index));
          break;
        case ElementKind::kBytes:
          add(list.pointers().bytes(index));
          break;
        case ElementKind::kStruct:
          read(list.structure(i), *shape.structure);
          break;
        case ElementKind::kList:
          read(list.pointers().list(index), *shape.list);
          break;
      }
    }
  }

  template <class Bytes>
  void add(const Bytes& bytes) {
    for (auto byte : bytes) sum_ += static_cast<std::uint64_t>(byte);
  }

  std::uint64_t sum_ = 0;
};

}  // namespace troupe::protocols

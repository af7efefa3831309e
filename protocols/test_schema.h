// For tests: a Cap'n Proto schema given as text, and messages as the library sees them.
#pragma once

#include "base/capnp_compat.h"  // before any header of the library

#include <capnp/any.h>
#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/schema-parser.h>
#include <kj/filesystem.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "protocols/frame.h"
#include "protocols/shape.h"
#include "protocols/struct_size.h"

namespace troupe::protocols {

/// A compiled schema: offsets come from the schema compiler, as those of generated code do.
class TestSchema {
 public:
  explicit TestSchema(const char* text) : folder_(kj::newInMemoryDirectory(kj::nullClock())) {
    folder_->openFile(kj::Path("test.capnp"), kj::WriteMode::CREATE)->writeAll(text);
    file_ = parser_.parseFromDirectory(*folder_, kj::Path("test.capnp"), nullptr);
  }

  capnp::StructSchema of(const char* structure) const {
    return file_.getNested(structure).asStruct();
  }
  unsigned offset(const char* structure, const char* field) const {
    return of(structure).getFieldByName(field).getProto().getSlot().getOffset();
  }
  StructSize size(const char* structure) const {
    const auto proto = of(structure).getProto().getStruct();
    return {proto.getDataWordCount(), proto.getPointerCount()};
  }

 private:
  kj::Own<const kj::Directory> folder_;
  capnp::SchemaParser parser_;
  capnp::ParsedSchema file_;
};

/// The shapes that actorc would emit for a schema, made from what the library knows of it.
class TestShapes {
 public:
  const StructShape& of(capnp::StructSchema schema) {
    const auto [known, is_new] = structs_.try_emplace(schema.getProto().getId());
    if (is_new) {
      auto& pointers = pointers_.emplace_back();
      add_pointers(schema, pointers);
      std::sort(pointers.begin(), pointers.end(),
                [](const auto& left, const auto& right) { return left.index < right.index; });
      // A pointer of a union may be in several places.
      const auto last =
          std::unique(pointers.begin(), pointers.end(),
                      [](const auto& a, const auto& b) { return a.index == b.index; });
      pointers.erase(last, pointers.end());
      known->second.pointers = pointers;
    }
    return known->second;
  }

 private:
  void add_pointers(capnp::StructSchema schema, std::vector<PointerShape>& pointers) {
    for (const auto field : schema.getFields()) {
      if (field.getProto().isGroup()) {
        add_pointers(field.getType().asStruct(), pointers);
        continue;
      }
      const auto index = static_cast<std::uint16_t>(field.getProto().getSlot().getOffset());
      const capnp::Type type = field.getType();
      if (type.isText()) pointers.push_back({index, PointerKind::kText});
      if (type.isData()) pointers.push_back({index, PointerKind::kBytes});
      if (type.isStruct()) {
        pointers.push_back({index, PointerKind::kStruct, &of(type.asStruct())});
      }
      // The language has no lists of nothing; a pointer without a shape is walked all the same.
      if (type.isList() && type.asList().getElementType().isVoid()) continue;
      if (type.isList())
        pointers.push_back({index, PointerKind::kList, nullptr, &of(type.asList())});
    }
  }
  const ListShape& of(capnp::ListSchema schema) {
    const capnp::Type element = schema.getElementType();
    ListShape& shape = lists_.emplace_back(ListShape{ElementKind::kStruct});
    if (element.isStruct()) {
      shape.structure = &of(element.asStruct());
    } else if (element.isList()) {
      shape.element = ElementKind::kList;
      shape.list = &of(element.asList());
    } else {
      shape.element = scalar(element);
    }
    return shape;
  }
  static ElementKind scalar(capnp::Type type) {
    if (type.isText()) return ElementKind::kText;
    if (type.isData()) return ElementKind::kBytes;
    if (type.isBool()) return ElementKind::kBit;
    if (type.isInt8() || type.isUInt8()) return ElementKind::kOneByte;
    if (type.isInt16() || type.isUInt16() || type.isEnum()) return ElementKind::kTwoBytes;
    if (type.isInt32() || type.isUInt32() || type.isFloat32()) return ElementKind::kFourBytes;
    return ElementKind::kEightBytes;
  }

  // Nodes stay where they are: shapes point at each other.
  std::map<std::uint64_t, StructShape> structs_;
  std::list<std::vector<PointerShape>> pointers_;
  std::list<ListShape> lists_;
};

/// A message of one segment read by the library, with all its checks on.
class LibraryReader {
 public:
  explicit LibraryReader(std::span<const Word> words,
                         capnp::ReaderOptions options = capnp::ReaderOptions())
      : segment_(reinterpret_cast<const capnp::word*>(words.data()), words.size()),
        reader_(kj::arrayPtr(&segment_, 1), options) {}

  capnp::DynamicStruct::Reader as(capnp::StructSchema schema) {
    return reader_.getRoot<capnp::DynamicStruct>(schema);
  }
  kj::Array<capnp::word> canonical() { return reader_.getRoot<capnp::AnyStruct>().canonicalize(); }

 private:
  kj::ArrayPtr<const capnp::word> segment_;
  capnp::SegmentArrayMessageReader reader_;
};

/// A message that the library writes, in one segment as long as it stays small.
class LibraryMessage {
 public:
  LibraryMessage() : builder_(kSegmentWords) {}

  capnp::DynamicStruct::Builder root(capnp::StructSchema schema) {
    return builder_.initRoot<capnp::DynamicStruct>(schema);
  }
  capnp::MallocMessageBuilder& builder() { return builder_; }
  kj::Array<capnp::word> canonical() {
    return builder_.getRoot<capnp::AnyStruct>().asReader().canonicalize();
  }
  /// The first segment; valid until more is written.
  std::span<const Word> words() {
    const auto segment = builder_.getSegmentsForOutput()[0];
    return {reinterpret_cast<const Word*>(segment.begin()), segment.size()};
  }

 private:
  static constexpr unsigned kSegmentWords = 1 << 16;
  capnp::MallocMessageBuilder builder_;
};

}  // namespace troupe::protocols

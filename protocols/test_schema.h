// For tests: a Cap'n Proto schema given as text, and messages as the library sees them.
#pragma once

#include "base/capnp_compat.h"  // before any header of the library

#include <capnp/any.h>
#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/schema-parser.h>
#include <kj/filesystem.h>

#include <cstddef>
#include <span>
#include <vector>

#include "protocols/frame.h"
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
  static constexpr unsigned kSegmentWords = 1 << 14;
  capnp::MallocMessageBuilder builder_;
};

}  // namespace troupe::protocols

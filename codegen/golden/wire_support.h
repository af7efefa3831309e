// What tests of the wire share: a message caught instead of sent, and the library's view of one.
#pragma once

#include <gtest/gtest.h>

#include "base/capnp_compat.h"
// The compat header comes before Cap'n Proto's own.
#include <capnp/any.h>
#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/schema-parser.h>
#include <kj/filesystem.h>

#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "actor/actor.h"

namespace troupe {

using protocols::Word;

/// What a delivery was given, instead of being sent.
struct Sent {
  MessageSpec spec{};
  std::vector<Word> words;
};

/// Stands where the runtime's deliveries do, so that one message can be looked at.
class CaptureTell {
 public:
  using Outcome = Sent;

 protected:
  template <class Write>
  Sent send(const MessageSpec& spec, std::size_t payload_words, Write&& write) const {
    // Whatever was in the memory before must not shine through, and one word more is a trap.
    constexpr Word kPattern = 0xa5a5a5a5a5a5a5a5;
    Sent sent{spec, std::vector<Word>(payload_words + 1, kPattern)};
    write(sent.words.data());
    EXPECT_EQ(sent.words.back(), kPattern) << "more was written than announced";
    sent.words.pop_back();
    return sent;
  }
};

class CaptureAsk : private CaptureTell {
 public:
  explicit CaptureAsk(Sent& sent) : sent_(sent) {}

 protected:
  template <class R, class Write>
  Ask<R> send(const MessageSpec& spec, std::size_t payload_words, Write&& write) const {
    sent_ = CaptureTell::send(spec, payload_words, std::forward<Write>(write));
    return Ask<R>(nullptr, 0, Deadline(Time()));
  }

 private:
  Sent& sent_;
};

/// A schema that actorc emitted beside a golden contract.
class GoldenSchema {
 public:
  explicit GoldenSchema(const char* path) : disk_(kj::newDiskFilesystem()) {
    const auto& root = disk_->getCurrent();
    import_ = &root;
    file_ = parser_.parseFromDirectory(root, kj::Path::parse(path), kj::arrayPtr(&import_, 1));
  }

  // The library's destructors may throw by their type, a test's may not.
  ~GoldenSchema() noexcept {}

  capnp::StructSchema find(std::initializer_list<const char*> names) const {
    capnp::ParsedSchema schema = file_;
    for (const char* name : names) schema = schema.getNested(name);
    return schema.asStruct();
  }

 private:
  kj::Own<kj::Filesystem> disk_;
  const kj::ReadableDirectory* import_;
  capnp::SchemaParser parser_;
  capnp::ParsedSchema file_;
};

/// Reads a message with the library; owns nothing.
class LibraryReader {
 public:
  explicit LibraryReader(const std::vector<Word>& words)
      : segment_(reinterpret_cast<const capnp::word*>(words.data()), words.size()),
        reader_(kj::arrayPtr(&segment_, 1)) {}

  capnp::DynamicStruct::Reader root(capnp::StructSchema schema) {
    return reader_.getRoot<capnp::DynamicStruct>(schema);
  }
  std::string text(capnp::StructSchema schema) { return kj::str(root(schema)).cStr(); }
  /// With the root pointer.
  std::size_t words(capnp::StructSchema schema) { return root(schema).totalSize().wordCount + 1; }
  std::string canonical() {
    const auto words = reader_.getRoot<capnp::AnyStruct>().canonicalize();
    return std::string(words.asChars().begin(), words.asChars().size());
  }

 private:
  kj::ArrayPtr<const capnp::word> segment_;
  capnp::SegmentArrayMessageReader reader_;
};

/// The only segment of a message.
inline std::vector<Word> words_of(capnp::MallocMessageBuilder& message) {
  const auto segments = message.getSegmentsForOutput();
  EXPECT_EQ(segments.size(), 1u);
  std::vector<Word> words(segments[0].size());
  std::memcpy(words.data(), segments[0].begin(), words.size() * sizeof(Word));
  return words;
}

}  // namespace troupe

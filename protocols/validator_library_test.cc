// The validator takes whatever the Cap'n Proto library writes: any order, newer and older structs,
// shortest forms; and what the validator takes, the library reads.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/random.h"
#include "protocols/test_schema.h"
#include "protocols/validator.h"

namespace troupe::protocols {
namespace {

// NewOrder is Order with fields added at every level; OldOrder has not yet got the last ones.
constexpr const char* kSchema = R"(
@0xa2c4e6f8091b3d5f;
enum Mood { bad @0; good @1; }
struct OldItem { name @0 :Text; }
struct OldOrder { id @0 :UInt64; note @1 :Text; items @2 :List(OldItem); }
struct Item { name @0 :Text; count @1 :UInt32; photo @2 :Data; }
struct Order {
  id @0 :UInt64; note @1 :Text; items @2 :List(Item); moods @3 :List(Mood);
  maybe :union { none @4 :Void; some @5 :Text; }
  flags @6 :List(Bool); matrix @7 :List(List(Int16)); first @8 :Item; tags @9 :List(Text);
  blobs @10 :List(Data); nested @11 :List(List(Item)); empty @12 :Empty; empties @13 :List(Empty);
  wide @14 :List(Float64); bytes @15 :List(UInt8);
}
struct Empty {}
struct NewItem {
  name @0 :Text; count @1 :UInt32; photo @2 :Data; more @3 :UInt64; parts @4 :List(NewItem);
}
struct NewOrder {
  id @0 :UInt64; note @1 :Text; items @2 :List(NewItem); moods @3 :List(Mood);
  maybe :union { none @4 :Void; some @5 :Text; }
  flags @6 :List(Bool); matrix @7 :List(List(Int16)); first @8 :NewItem; tags @9 :List(Text);
  blobs @10 :List(Data); nested @11 :List(List(NewItem)); empty @12 :NewEmpty;
  empties @13 :List(NewEmpty); wide @14 :List(Float64); bytes @15 :List(UInt8);
  newest @16 :Text; nothing @17 :List(Void); deeper @18 :NewOrder;
}
struct NewEmpty { value @0 :UInt8; name @1 :Text; }
)";
constexpr const char* kOrders[] = {"OldOrder", "Order", "NewOrder"};

const TestSchema& schema() {
  static const TestSchema schema(kSchema);
  return schema;
}
const StructShape& shape_of(const char* structure) {
  static TestShapes shapes;
  return shapes.of(schema().of(structure));
}

/// Fills messages with whatever their schema allows, in any order, some things twice.
class Filler {
 public:
  explicit Filler(std::uint64_t seed) : random_(seed) {}

  void fill(capnp::DynamicStruct::Builder to, unsigned depth) {
    const auto fields = to.getSchema().getFields();
    for (std::uint64_t i = 0; fields.size() > 0 && i < 2 * fields.size(); ++i) {
      const auto field = fields[static_cast<unsigned>(random_.below(fields.size()))];
      if (field.getProto().isGroup()) {
        fill(to.init(field).as<capnp::DynamicStruct>(), depth);
      } else if (field.getType().isStruct()) {
        if (depth < kDepth) fill(to.init(field).as<capnp::DynamicStruct>(), depth + 1);
      } else if (field.getType().isList()) {
        if (depth < kDepth) fill(to.init(field, size()).as<capnp::DynamicList>(), depth + 1);
      } else if (field.getType().isText()) {
        to.set(field, capnp::Text::Reader(text().c_str()));
      } else if (field.getType().isData()) {
        to.set(field, capnp::Data::Reader(to.init(field, size()).as<capnp::Data>()));
      } else {
        set(field.getType(), [&](auto value) { to.set(field, value); });
      }
    }
  }

 private:
  static constexpr unsigned kDepth = 3;

  void fill(capnp::DynamicList::Builder to, unsigned depth) {
    const capnp::Type type = to.getSchema().getElementType();
    for (unsigned i = 0; i < to.size(); ++i) {
      if (type.isStruct()) {
        fill(to[i].as<capnp::DynamicStruct>(), depth);
      } else if (random_.one_in(4)) {
        continue;  // a null pointer, a zero
      } else if (type.isList()) {
        fill(to.init(i, size()).as<capnp::DynamicList>(), depth + 1);
      } else if (type.isText()) {
        to.set(i, capnp::Text::Reader(text().c_str()));
      } else if (type.isData()) {
        to.init(i, size());
      } else {
        set(type, [&](auto value) { to.set(i, value); });
      }
    }
  }
  template <class Set>
  void set(capnp::Type type, Set to) {
    if (type.isVoid()) return to(capnp::VOID);
    if (type.isBool()) return to(random_.one_in(2));
    if (type.isEnum()) return to(capnp::DynamicValue::Reader("good"));
    if (type.isFloat64()) return to(0.5);
    to(static_cast<unsigned>(random_.below(100)));
  }
  unsigned size() { return static_cast<unsigned>(random_.below(5)); }
  std::string text() { return std::string(random_.below(20), 't'); }

  Random random_;
};

/// Reads each field there is; the library throws if it finds something wrong.
void read_all(capnp::DynamicStruct::Reader from);
void read_all(capnp::DynamicValue::Reader value) {
  if (value.getType() == capnp::DynamicValue::STRUCT) read_all(value.as<capnp::DynamicStruct>());
  if (value.getType() != capnp::DynamicValue::LIST) return;
  for (auto element : value.as<capnp::DynamicList>()) read_all(element);
}
void read_all(capnp::DynamicStruct::Reader from) {
  for (const auto field : from.getSchema().getFields()) {
    if (field.getProto().getDiscriminantValue() == capnp::schema::Field::NO_DISCRIMINANT ||
        from.has(field)) {
      read_all(from.get(field));
    }
  }
}

std::string found(std::span<const Word> words, const char* structure) {
  const auto malformation = find_malformation(words, shape_of(structure));
  if (!malformation) return "";
  return std::string(to_string(malformation->flaw)) + " at " + std::to_string(malformation->word);
}

/// Each schema of an order reads what each other one wrote, in the library's form and the shortest.
void expect_taken(std::uint64_t seed) {
  for (const char* written : kOrders) {
    LibraryMessage message;
    Filler(seed).fill(message.root(schema().of(written)), 0);
    ASSERT_EQ(message.builder().getSegmentsForOutput().size(), 1u);
    const auto canonical = message.canonical();
    const std::span<const Word> shortest(reinterpret_cast<const Word*>(canonical.begin()),
                                         canonical.size());
    for (const char* read : kOrders) {
      ASSERT_EQ(found(message.words(), read), "") << written << " as " << read << ", seed " << seed;
      ASSERT_EQ(found(shortest, read), "") << written << " as " << read << ", seed " << seed;
    }
  }
}

TEST(ValidatorAndLibrary, TakesWhateverTheLibraryWrites) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) expect_taken(seed);
}

/// What the library says of a message under the validator's own limits.
bool library_reads(std::span<const Word> words, const char* structure) {
  try {
    const capnp::ReaderOptions options{
        .traversalLimitInWords = words.size() + kZeroSizedElementsMax, .nestingLimit = kNestingMax};
    read_all(LibraryReader(words, options).as(schema().of(structure)));
    return true;
  } catch (const kj::Exception&) {
    return false;
  }
}

TEST(ValidatorAndLibrary, TheLibraryReadsWhatIsTaken) {
  // One bit of a sound message is turned at a time.
  unsigned taken = 0;
  unsigned refused = 0;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    LibraryMessage message;
    Filler(seed).fill(message.root(schema().of("Order")), 1);
    std::vector<Word> words(message.words().begin(), message.words().end());
    for (std::size_t bit = 0; bit < 64 * words.size(); ++bit) {
      words[bit / 64] ^= Word{1} << (bit % 64);
      const std::string flaw = found(words, "Order");
      ++(flaw.empty() ? taken : refused);
      if (flaw.empty()) {
        ASSERT_TRUE(library_reads(words, "Order")) << "seed " << seed << ", bit " << bit;
      }
      words[bit / 64] ^= Word{1} << (bit % 64);
    }
  }
  EXPECT_GT(taken, 1000u);
  EXPECT_GT(refused, 1000u);
}

}  // namespace
}  // namespace troupe::protocols

#include "protocols/test_orders.h"

#include "protocols/test_schema.h"
#include "protocols/validator.h"

namespace troupe::protocols::test_orders {

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

const TestSchema& schema() {
  static const TestSchema schema(kSchema);
  return schema;
}

/// Reads each field there is; the library throws if it finds something wrong.
void read_all(capnp::DynamicStruct::Reader from);
void read_all(capnp::DynamicValue::Reader value) {
  if (value.getType() == capnp::DynamicValue::STRUCT) read_all(value.as<capnp::DynamicStruct>());
  if (value.getType() != capnp::DynamicValue::LIST) return;
  for (auto element : value.as<capnp::DynamicList>()) read_all(element);
}
void read_all(capnp::DynamicStruct::Reader from) {
  for (const auto field : from.getSchema().getFields()) {
    const auto proto = field.getProto();
    // Lists of nothing are in no contract: to a shape, that is an unknown pointer.
    const capnp::Type type = field.getType();
    if (type.isList() && type.asList().getElementType().isVoid()) continue;
    const bool in_union = proto.getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT;
    // Of a union only what it is; of structs that contain themselves only those that are there.
    const bool optional = in_union || (proto.isSlot() && type.isStruct());
    if (!optional || from.has(field)) read_all(from.get(field));
  }
}

}  // namespace

capnp::StructSchema schema_of(const char* structure) { return schema().of(structure); }

const StructShape& shape_of(const char* structure) {
  static TestShapes shapes;
  return shapes.of(schema().of(structure));
}

template <class Set>
void Filler::set(capnp::Type type, Set to) {
  if (type.isVoid()) return to(capnp::VOID);
  if (type.isBool()) return to(random_.one_in(2));
  if (type.isEnum()) return to(capnp::DynamicValue::Reader("good"));
  if (type.isFloat64()) return to(0.5);
  to(static_cast<unsigned>(random_.below(100)));
}

void Filler::fill(capnp::DynamicStruct::Builder to, unsigned depth) {
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
      to.init(field, size());
    } else {
      set(field.getType(), [&](auto value) { to.set(field, value); });
    }
  }
}

void Filler::fill(capnp::DynamicList::Builder to, unsigned depth) {
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

std::string library_refusal(std::span<const Word> words, const char* structure) {
  try {
    // The library counts the root pointer twice.
    const capnp::ReaderOptions options{
        .traversalLimitInWords = words.size() + 1 + kZeroSizedElementsMax,
        .nestingLimit = kNestingMax};
    read_all(LibraryReader(words, options).as(schema().of(structure)));
    return "";
  } catch (const kj::Exception& exception) {
    return exception.getDescription().cStr();
  }
}

}  // namespace troupe::protocols::test_orders

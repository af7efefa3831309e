// Holds the offsets that the runtime writes by hand against what the schema compiler made of the
// schemas. If this fails, a .capnp changed in a way that other nodes would not understand.
#include "base/capnp_compat.h"  // before any header of the library

#include <capnp/schema.h>
#include <gtest/gtest.h>

#include <string>

#include "protocols/control.capnp.h"
#include "protocols/troupe.capnp.h"
#include "protocols/wire_shapes.h"

namespace troupe::protocols {
namespace {

using Type = capnp::schema::Type;

/// A field's offset in units of its type, as StructWriter::set() and StructReader::get() count.
unsigned offset(capnp::StructSchema schema, const char* field, Type::Which type) {
  const auto slot = schema.getFieldByName(field).getProto().getSlot();
  EXPECT_EQ(slot.getType().which(), type) << field;
  EXPECT_FALSE(slot.getHadExplicitDefault())
      << field << ": the runtime reads what is absent as zero";
  return slot.getOffset();
}

void expect_extent(capnp::StructSchema schema, unsigned data_words, unsigned pointers,
                   unsigned fields) {
  EXPECT_EQ(schema.getProto().getStruct().getDataWordCount(), data_words);
  EXPECT_EQ(schema.getProto().getStruct().getPointerCount(), pointers);
  EXPECT_EQ(schema.getFields().size(), fields);
}

TEST(WireLayout, ActorRef) {
  const auto schema = capnp::Schema::from<ActorRef>();
  EXPECT_EQ(offset(schema, "node", Type::UINT16), 0u);
  EXPECT_EQ(offset(schema, "core", Type::UINT16), 1u);
  EXPECT_EQ(offset(schema, "slot", Type::UINT32), 1u);
  EXPECT_EQ(offset(schema, "incarnation", Type::UINT32), 2u);
  EXPECT_EQ(offset(schema, "type", Type::UINT64), 2u);
  EXPECT_EQ(offset(schema, "key", Type::DATA), 0u);
  expect_extent(schema, 3, 1, 6);
}

TEST(WireLayout, ReplyTo) {
  const auto schema = capnp::Schema::from<ReplyTo>();
  EXPECT_EQ(offset(schema, "node", Type::UINT16), 0u);
  EXPECT_EQ(offset(schema, "core", Type::UINT16), 1u);
  EXPECT_EQ(offset(schema, "slot", Type::UINT32), 1u);
  EXPECT_EQ(offset(schema, "nonce", Type::UINT64), 1u);
  EXPECT_EQ(offset(schema, "deadline", Type::INT64), 2u);
  expect_extent(schema, 3, 0, 5);
}

TEST(WireLayout, Denial) {
  const auto schema = capnp::Schema::from<Denial>();
  EXPECT_EQ(offset(schema, "code", Type::UINT16), 0u);
  expect_extent(schema, 1, 0, 1);
}

TEST(WireLayout, Failure) {
  const auto schema = capnp::Schema::from<Failure>();
  EXPECT_EQ(offset(schema, "code", Type::UINT16), 0u);
  EXPECT_EQ(offset(schema, "detail", Type::UINT64), 1u);
  expect_extent(schema, 2, 0, 2);
}

void expect_address(capnp::StructSchema schema) {
  EXPECT_EQ(offset(schema, "node", Type::UINT16), 0u);
  EXPECT_EQ(offset(schema, "core", Type::UINT16), 1u);
  EXPECT_EQ(offset(schema, "slot", Type::UINT32), 1u);
  EXPECT_EQ(offset(schema, "incarnation", Type::UINT32), 2u);
}

TEST(WireLayout, Watch) {
  const auto schema = capnp::Schema::from<Watch>();
  expect_address(schema);
  expect_extent(schema, 2, 0, 4);
}

TEST(WireLayout, Down) {
  const auto schema = capnp::Schema::from<Down>();
  expect_address(schema);
  EXPECT_EQ(offset(schema, "reason", Type::UINT16), 6u);
  EXPECT_EQ(offset(schema, "what", Type::TEXT), 0u);
  expect_extent(schema, 2, 1, 6);
}

PointerKind kind_of(capnp::schema::Type::Reader type) {
  return type.isText()     ? PointerKind::kText
         : type.isData()   ? PointerKind::kBytes
         : type.isStruct() ? PointerKind::kStruct
                           : PointerKind::kList;
}

/// The shape names each pointer of the schema and nothing else.
void expect_shape(capnp::StructSchema schema, const StructShape& shape) {
  std::size_t pointers = 0;
  for (const auto field : schema.getFields()) {
    const auto slot = field.getProto().getSlot();
    const bool is_pointer = slot.getType().isText() || slot.getType().isData() ||
                            slot.getType().isStruct() || slot.getType().isList() ||
                            slot.getType().isAnyPointer();
    if (!is_pointer) continue;
    ASSERT_LT(pointers, shape.pointers.size());
    EXPECT_EQ(shape.pointers[pointers].index, slot.getOffset());
    EXPECT_EQ(shape.pointers[pointers].kind, kind_of(slot.getType()));
    ++pointers;
  }
  EXPECT_EQ(shape.pointers.size(), pointers);
}

TEST(WireLayout, ShapesAreThoseOfTheSchemas) {
  expect_shape(capnp::Schema::from<ActorRef>(), kActorRefShape);
  expect_shape(capnp::Schema::from<ReplyTo>(), kReplyToShape);
  expect_shape(capnp::Schema::from<Denial>(), kDenialShape);
  expect_shape(capnp::Schema::from<Failure>(), kFailureShape);
  expect_shape(capnp::Schema::from<Watch>(), kWatchShape);
  expect_shape(capnp::Schema::from<Down>(), kDownShape);
}

// Schemas that actorc emits import these by file and struct id.
TEST(WireLayout, IdsStay) {
  EXPECT_EQ(capnp::typeId<ActorRef>(), capnp::Schema::from<ActorRef>().getProto().getId());
  EXPECT_EQ(capnp::Schema::from<ActorRef>().getProto().getScopeId(), 0xc8a3f0d1b2e45a67u);
  EXPECT_EQ(capnp::Schema::from<Watch>().getProto().getScopeId(), 0xd7b1c2e93f40a586u);
}

}  // namespace
}  // namespace troupe::protocols

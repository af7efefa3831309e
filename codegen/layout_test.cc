// The IR holds what Cap'n Proto itself says about the emitted schema.
#include "codegen/layout.h"

#include <gtest/gtest.h>

#include "codegen/pipeline.h"
#include "codegen/test_support.h"

namespace troupe::codegen {
namespace {

std::unique_ptr<Contract> compile_fine(const std::string& text) {
  const Source source("test.actor", text);
  Diagnostics diagnostics;
  auto contract = compile(source, {}, diagnostics);
  EXPECT_NE(contract, nullptr) << diagnostics.print(source);
  return contract;
}

void expect_slot(ir::Record::Reader record, unsigned index, const char* name, unsigned offset) {
  const auto field = record.getFields()[index];
  EXPECT_STREQ(field.getName().cStr(), name);
  ASSERT_TRUE(field.getPlacement().isSlot());
  EXPECT_EQ(field.getPlacement().getSlot().getOffset(), offset) << name;
  EXPECT_EQ(field.getPlacement().getSlot().getDiscriminantValue(), 65535);
}

TEST(Layout, OfTheBankIsCapnProtosOwn) {
  const auto contract = compile_fine(
      "package bank;\n"
      "enum Denied { frozen @0; }\n"
      "actor Account key (id: text) (opening: i64) {\n"
      "  ask deposit @0 (transfer: u64, amount: i64) -> (balance: i64) denies Denied;\n"
      "  tell freeze @4 (reason: text);\n"
      "}\n");
  const auto account = contract->ir().getActors()[0];
  const auto key = account.getKey().getRecord();
  EXPECT_EQ(key.getDataWords(), 0);
  EXPECT_EQ(key.getPointerCount(), 1);
  EXPECT_TRUE(account.getStartParameters()[0].getPlacement().isNone());

  const auto deposit = account.getMessages()[0];
  EXPECT_EQ(deposit.getParameters().getDataWords(), 2);
  EXPECT_EQ(deposit.getParameters().getPointerCount(), 0);
  expect_slot(deposit.getParameters(), 0, "transfer", 0);
  expect_slot(deposit.getParameters(), 1, "amount", 1);
  ASSERT_TRUE(deposit.isAsk());
  EXPECT_EQ(deposit.getAsk().getResults().getDataWords(), 1);
  EXPECT_EQ(deposit.getAsk().getDenies().getEnum(), 0u);

  const auto freeze = account.getMessages()[1];
  EXPECT_EQ(freeze.getOrdinal(), 4);
  EXPECT_TRUE(freeze.isTell());
  expect_slot(freeze.getParameters(), 0, "reason", 0);
  EXPECT_EQ(freeze.getParameters().getPointerCount(), 1);
}

// A layout that a naive packer would get wrong: Cap'n Proto fills holes that earlier fields left.
TEST(Layout, FillsHolesAsCapnProtoDoes) {
  const auto contract = compile_fine(
      "package test;\n"
      "struct S { a @0: u8; b @1: u32; c @2: u16; d @3: bool; e @4: text; f @5: E; g @6: bool; }\n"
      "enum E { one @0; }\n");
  const auto record = contract->ir().getStructs()[0].getRecord();
  EXPECT_EQ(record.getDataWords(), 2);
  EXPECT_EQ(record.getPointerCount(), 1);
  expect_slot(record, 0, "a", 0);
  expect_slot(record, 1, "b", 1);
  expect_slot(record, 2, "c", 1);
  expect_slot(record, 3, "d", 8);
  expect_slot(record, 4, "e", 0);
  expect_slot(record, 5, "f", 4);
  expect_slot(record, 6, "g", 9);
}

TEST(Layout, OptionsAreUnionsOfTheirOwn) {
  const auto contract = compile_fine(
      "package test;\n"
      "struct S { a @0: option<bool>; b @1: text; c @2: option<list<text>>; d @3: u8 = 7; }\n");
  const auto record = contract->ir().getStructs()[0].getRecord();
  EXPECT_EQ(record.getDiscriminantCount(), 0);
  const auto fields = record.getFields();
  ASSERT_TRUE(fields[0].getPlacement().isOption());
  EXPECT_EQ(fields[0].getOrdinal(), 0);
  EXPECT_EQ(fields[0].getPlacement().getOption().getDiscriminantOffset(), 0u);
  EXPECT_EQ(fields[0].getPlacement().getOption().getOffset(), 16u);
  expect_slot(record, 1, "b", 0);
  EXPECT_EQ(fields[1].getOrdinal(), 2);
  EXPECT_EQ(fields[2].getOrdinal(), 3);
  EXPECT_EQ(fields[2].getPlacement().getOption().getOffset(), 1u);
  EXPECT_NE(fields[2].getPlacement().getOption().getDiscriminantOffset(), 0u);
  EXPECT_EQ(fields[3].getOrdinal(), 5);
  EXPECT_EQ(fields[3].getDefault().getUnsigned(), 7u);
}

TEST(Layout, KnowsTheWireTypes) {
  const auto contract = compile_fine("package test;\nenum E { a @0; }\n");
  const auto wire_types = contract->ir().getWireTypes();
  ASSERT_GE(wire_types.size(), 2u);
  EXPECT_STREQ(wire_types[0].getName().cStr(), "ActorRef");
  const auto reference = wire_types[0].getRecord();
  EXPECT_EQ(reference.getPointerCount(), 1);
  expect_slot(reference, 0, "node", 0);
  expect_slot(reference, 1, "core", 1);
  expect_slot(reference, 2, "slot", 1);
  expect_slot(reference, 5, "key", 0);
  EXPECT_STREQ(wire_types[1].getName().cStr(), "ReplyTo");
}

TEST(Layout, KnowsWhatHoldsReplies) {
  const auto contract = compile_fine(
      "package test;\n"
      "struct Outer { inner @0: Inner; }\n"
      "struct Inner { it @0: ref<A>; }\n"
      "actor A { ask go @7 () -> (); tell keep @2 (outer: Outer, to: reply<A.go>); }\n");
  const auto structs = contract->ir().getStructs();
  EXPECT_STREQ(structs[0].getName().cStr(), "Inner");  // before what contains it
  EXPECT_FALSE(structs[0].getRecord().getHoldsReplies());
  const auto messages = contract->ir().getActors()[0].getMessages();
  EXPECT_TRUE(messages[0].getParameters().getHoldsReplies());
  EXPECT_FALSE(messages[1].getParameters().getHoldsReplies());
  // Messages are by ordinal, so `go` comes second.
  EXPECT_EQ(messages[0].getParameters().getFields()[1].getType().getReply().getMessage(), 1u);
}

TEST(Layout, SaysWhatCapnProtoRejects) {
  Contract contract;
  EXPECT_TRUE(fill_layout("not a schema", {}, {}, contract.builder()));
  EXPECT_FALSE(fill_layout("@0xa516ffe463bdec08;\n", {}, {}, contract.builder()));
}

}  // namespace
}  // namespace troupe::codegen

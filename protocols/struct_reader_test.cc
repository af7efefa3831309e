// Tests where a struct ends for its reader: defaults behind its data, nothing of its neighbours.
// What the Cap'n Proto library thinks of it is in struct_writer_test.cc.
#include "protocols/struct_reader.h"

#include <gtest/gtest.h>

#include "protocols/struct_writer.h"

namespace troupe::protocols {
namespace {

TEST(StructReader, WhatIsAbsentIsTheDefault) {
  const Word null_root = 0;
  for (const StructReader& reader : {StructReader(), StructReader::root(&null_root)}) {
    EXPECT_EQ(reader.get<std::uint8_t>(0), 0u);
    EXPECT_EQ(reader.get<std::int64_t>(1000), 0);
    EXPECT_EQ(reader.get<double>(3), 0.0);
    EXPECT_FALSE(reader.get_bool(0));
    EXPECT_FALSE(reader.get_bool(64));
    EXPECT_TRUE(reader.text(0).empty());
    EXPECT_TRUE(reader.bytes(2).empty());
    EXPECT_EQ(reader.structure(0).structure(5).get<std::uint32_t>(7), 0u);
  }
}

TEST(StructReader, ReadsNothingBehindTheDataSection) {
  // One word of data, one pointer: the pointer's bits are no data, however wide the field.
  Word words[4] = {};
  MessageWriter message(words);
  StructWriter root = message.root(1, 1);
  root.set<std::uint64_t>(0, ~std::uint64_t{0});
  root.set_text(0, "text");
  const StructReader reader = StructReader::root(words);
  EXPECT_EQ(reader.get<std::uint8_t>(7), 0xffu);
  EXPECT_EQ(reader.get<std::uint8_t>(8), 0u);
  EXPECT_EQ(reader.get<std::uint16_t>(4), 0u);
  EXPECT_EQ(reader.get<std::uint32_t>(2), 0u);
  EXPECT_EQ(reader.get<std::uint64_t>(1), 0u);
  EXPECT_TRUE(reader.get_bool(63));
  EXPECT_FALSE(reader.get_bool(64));
  EXPECT_EQ(reader.text(0), "text");
  EXPECT_EQ(reader.text(1), "");
}

TEST(StructReader, TellsTheBooleansOfAWordApart) {
  for (unsigned bit = 0; bit < 128; ++bit) {
    Word words[3];
    MessageWriter message(words);
    StructWriter root = message.root(2, 0);
    root.set_bool(bit, true);
    root.set_bool((bit + 1) % 128, false);
    const StructReader reader = StructReader::root(words);
    for (unsigned other = 0; other < 128; ++other) {
      EXPECT_EQ(reader.get_bool(other), other == bit);
    }
  }
}

}  // namespace
}  // namespace troupe::protocols

// Operations and pairs come out of a batch as they went in, and what is cut off is none.
#include "examples/kv/operation.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace kv {
namespace {

TEST(Batch, KeepsWhatWasWrittenAsItGrows) {
  Batch batch;
  std::string expected;
  for (const std::size_t kept : {std::size_t{0}, std::size_t{1} << 20}) {
    for (std::size_t size = 0; size < 300; ++size) {
      const std::string text(size, static_cast<char>('a' + size % 26));
      copy_bytes(batch.extend(size), text);
      expected += text;
      ASSERT_EQ(batch.bytes(), expected);
    }
    *batch.at(7) = '!';
    expected[7] = '!';
    EXPECT_EQ(batch.bytes(), expected);
    batch.clear(kept);
    expected.clear();
    EXPECT_EQ(batch.size(), 0u);
    EXPECT_EQ(batch.bytes(), "");
  }
}

TEST(Batch, GivesBackWhatIsMoreThanIsKept) {
  Batch batch;
  const char* first = batch.extend(100);
  batch.clear(1000);
  EXPECT_EQ(batch.extend(100), first);
  batch.extend(5000);
  batch.clear(1000);
  EXPECT_EQ(batch.at(0), nullptr);
  // And allocates once what was needed the last time.
  first = batch.extend(1);
  batch.extend(5099);
  EXPECT_EQ(batch.at(0), first);
}

TEST(Operation, IsUnpackedAsItWasPacked) {
  Batch batch;
  pack(Operation{OperationCode::kSet, operation_flag::kReturnOld, Condition::kIfPresent,
                 Expiry::kAfter, -5, Key{"key", 7}, "value"},
       batch);
  pack(Operation{}, batch);
  std::string_view rest = batch.bytes();
  Operation read;
  ASSERT_TRUE(unpack(rest, read));
  EXPECT_EQ(read.code, OperationCode::kSet);
  EXPECT_EQ(read.flags, operation_flag::kReturnOld);
  EXPECT_EQ(read.condition, Condition::kIfPresent);
  EXPECT_EQ(read.expiry, Expiry::kAfter);
  EXPECT_EQ(read.number, -5);
  EXPECT_EQ(read.key.text, "key");
  EXPECT_EQ(read.key.hash, 7u);
  EXPECT_EQ(read.value, "value");
  EXPECT_EQ(read.count(), 1u);
  std::string_view cut = rest.substr(0, rest.size() - 1);
  ASSERT_TRUE(unpack(rest, read));
  EXPECT_EQ(read.code, OperationCode::kGet);
  EXPECT_FALSE(unpack(rest, read));
  EXPECT_TRUE(rest.empty());
  EXPECT_FALSE(unpack(cut, read));
  EXPECT_FALSE(cut.empty());
}

/// A batch of one kSetMany behind another operation.
void pack_two_pairs(Batch& batch) {
  pack(Operation{}, batch);
  const std::size_t offset = batch.size();
  Operation set;
  set.code = OperationCode::kSetMany;
  pack(set, batch);
  pack_pair(Key{"one", 1}, "first", batch);
  pack_pair(Key{"", 2}, "", batch);
  finish_set_many(offset, 2, batch);
}

TEST(Operation, PairsAreUnpackedAsTheyWerePacked) {
  Batch batch;
  pack_two_pairs(batch);
  std::string_view rest = batch.bytes();
  Operation set;
  ASSERT_TRUE(unpack(rest, set));
  ASSERT_TRUE(unpack(rest, set));
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(set.code, OperationCode::kSetMany);
  EXPECT_EQ(set.count(), 2u);
  std::string_view pairs = set.value;
  Key key{};
  std::string_view value;
  ASSERT_TRUE(unpack_pair(pairs, key, value));
  EXPECT_EQ(key.text, "one");
  EXPECT_EQ(key.hash, 1u);
  EXPECT_EQ(value, "first");
  for (std::size_t bytes = 1; bytes < pairs.size(); ++bytes) {
    std::string_view cut = pairs.substr(0, bytes);
    EXPECT_FALSE(unpack_pair(cut, key, value));
    EXPECT_EQ(cut.size(), bytes);
  }
  ASSERT_TRUE(unpack_pair(pairs, key, value));
  EXPECT_EQ(key.text, "");
  EXPECT_EQ(key.hash, 2u);
  EXPECT_FALSE(unpack_pair(pairs, key, value));
}

TEST(Operation, ManyAreSetOrTheReplySaysThatNotAllAre) {
  Batch batch;
  pack_two_pairs(batch);
  std::string_view rest = batch.bytes();
  Operation set;
  unpack(rest, set);
  unpack(rest, set);
  Store store;
  std::string replies;
  apply(set, store, replies);
  EXPECT_EQ(replies, "+OK\r\n");
  EXPECT_EQ(store.get(Key{"one", 1}), "first");
  EXPECT_EQ(store.get(Key{"", 2}), "");

  Store full(0);
  replies.clear();
  apply(set, full, replies);
  EXPECT_EQ(replies, "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  EXPECT_EQ(full.size(), 0u);
}

}  // namespace
}  // namespace kv

// Holds references in messages against the Cap'n Proto library and its schema of ActorRef.
#include "actor/ref.h"

#include "base/capnp_compat.h"  // before any header of the library

#include <capnp/any.h>
#include <capnp/message.h>
#include <gtest/gtest.h>

#include <string>
#include <unordered_set>
#include <vector>

#include "actor/testing/sample.h"
#include "protocols/list.h"
#include "protocols/troupe.capnp.h"

namespace troupe {
namespace {

using protocols::MessageWriter;
using protocols::StructReader;
using protocols::Word;
using sample::Counter;
using sample::Vault;

/// A message whose root has the references and nothing else.
template <class A>
std::vector<Word> write(const std::vector<Ref<A>>& references) {
  const List<Ref<A>> list = references;
  std::vector<Word> words(2 + list.words(), ~Word{0});
  MessageWriter message(words.data());
  list.write_to(message.root(0, 1), 0);
  EXPECT_EQ(message.size(), words.size());
  return words;
}

template <class A>
List<Ref<A>> read(const std::vector<Word>& words) {
  return List<Ref<A>>::read_from(StructReader::root(words.data()), 0);
}

/// The library's view of the list in `words`.
class LibraryList {
 public:
  explicit LibraryList(const std::vector<Word>& words)
      : segment_(reinterpret_cast<const capnp::word*>(words.data()), words.size()),
        reader_(kj::arrayPtr(&segment_, 1)) {}
  capnp::List<ActorRef>::Reader get() {
    return reader_.getRoot<capnp::AnyStruct>()
        .getPointerSection()[0]
        .getAs<capnp::List<ActorRef>>();
  }

 private:
  kj::ArrayPtr<const capnp::word> segment_;
  capnp::SegmentArrayMessageReader reader_;
};

TEST(RefList, OfSpawnedActors) {
  const std::vector<Ref<Counter>> references = {
      Ref<Counter>(Address{1, 2, 3, 4}), Ref<Counter>(),
      Ref<Counter>(Address{0xffff, 0xfffe, 0xfffffffd, 0xfffffffc})};
  const std::vector<Word> words = write(references);
  EXPECT_EQ(read<Counter>(words), List<Ref<Counter>>(references));
  LibraryList library(words);
  ASSERT_EQ(library.get().size(), 3u);
  EXPECT_EQ(library.get()[0].getNode(), 1u);
  EXPECT_EQ(library.get()[0].getCore(), 2u);
  EXPECT_EQ(library.get()[0].getSlot(), 3u);
  EXPECT_EQ(library.get()[0].getIncarnation(), 4u);
  EXPECT_EQ(library.get()[1].getIncarnation(), 0u);
  EXPECT_EQ(library.get()[2].getIncarnation(), 0xfffffffcu);
  EXPECT_FALSE(library.get()[2].hasKey());
}

TEST(RefList, OfKeyedActors) {
  const std::vector<Ref<Vault>> references = {Ref<Vault>("alice"), Ref<Vault>(),
                                              Ref<Vault>("a longer name than one word")};
  const std::vector<Word> words = write(references);
  EXPECT_EQ(read<Vault>(words), List<Ref<Vault>>(references));
  LibraryList library(words);
  ASSERT_EQ(library.get().size(), 3u);
  EXPECT_EQ(library.get()[0].getType(), Vault::kId);
  EXPECT_EQ(library.get()[0].getKey().size(), 5u);
  EXPECT_EQ(library.get()[1].getType(), 0u);
  EXPECT_EQ(library.get()[2].getKey().size(), 27u);
}

TEST(RefList, AnElementIsWrittenAsAFieldIs) {
  const Ref<Vault> reference("alice");
  std::vector<Word> field(2 + reference.words());
  MessageWriter message(field.data());
  reference.write_to(message.root(0, 1), 0);
  const Ref<Vault> received = Ref<Vault>::read_from(StructReader::root(field.data()).structure(0));
  EXPECT_EQ(received, reference);
  EXPECT_EQ(read<Vault>(write<Vault>({reference}))[0], received);
}

TEST(RefList, AKeyOfAnotherTypeIsNobody) {
  const std::vector<Ref<Vault>> references = {Ref<Vault>("alice")};
  std::vector<Word> words = write(references);
  EXPECT_EQ(read<Vault>(words)[0], references[0]);
  const auto foreign = Vault::kId + 1;
  for (Word& word : words) {
    if (word == Vault::kId) word = foreign;
  }
  EXPECT_EQ(read<Vault>(words)[0], Ref<Vault>());
}

TEST(Ref, IsAKeyOfUnorderedContainers) {
  std::unordered_set<Ref<Vault>> vaults = {Ref<Vault>("alice"), Ref<Vault>("bob"),
                                           Ref<Vault>("alice")};
  EXPECT_EQ(vaults.size(), 2u);
  EXPECT_TRUE(vaults.contains(Ref<Vault>("bob")));
  // An incarnation is another actor.
  const Ref<Counter> first(Address{0, 1, 7, 1});
  const Ref<Counter> second(Address{0, 1, 7, 2});
  std::unordered_set<Ref<Counter>> counters = {first, second, first};
  EXPECT_EQ(counters.size(), 2u);
  EXPECT_NE(std::hash<Ref<Counter>>()(first), std::hash<Ref<Counter>>()(second));
}

}  // namespace
}  // namespace troupe

// AddressSet: as a std::set of the same addresses, below and above the length that has an index.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <set>
#include <vector>

#include "actor/address_set.h"

namespace troupe {
namespace {

Address address_of(std::uint32_t slot) { return Address{0, 1, slot, slot % 3}; }

std::set<std::uint32_t> slots_of(const AddressSet& set) {
  std::set<std::uint32_t> slots;
  for (const Address address : set) {
    EXPECT_EQ(address, address_of(address.slot));
    EXPECT_TRUE(slots.insert(address.slot).second) << "twice";
  }
  return slots;
}

RC_GTEST_PROP(AddressSet, IsASetWhateverComesAndGoes, ()) {
  const auto most = *rc::gen::element<std::uint32_t>(4, 40, 200);
  const auto moves = *rc::gen::container<std::vector<std::uint32_t>>(
      400, rc::gen::inRange<std::uint32_t>(0, 3 * most));
  AddressSet set;
  std::set<std::uint32_t> model;
  for (const std::uint32_t move : moves) {
    const std::uint32_t slot = move / 3;
    if (move % 3 != 0) {
      RC_ASSERT(set.add(address_of(slot)) == model.insert(slot).second);
    } else {
      RC_ASSERT(set.remove(address_of(slot)) == (model.erase(slot) == 1));
    }
    RC_ASSERT(set.contains(address_of(slot)) == model.contains(slot));
    RC_ASSERT(set.size() == model.size());
    RC_ASSERT(set.empty() == model.empty());
  }
  RC_ASSERT(slots_of(set) == model);
}

TEST(AddressSet, KnowsTheIncarnation) {
  AddressSet set;
  for (std::uint32_t slot = 0; slot < 100; ++slot) {
    EXPECT_TRUE(set.add(Address{0, 0, slot, 1}));
    EXPECT_FALSE(set.contains(Address{0, 0, slot, 2}));
    EXPECT_FALSE(set.remove(Address{0, 0, slot, 2}));
  }
  for (std::uint32_t slot = 0; slot < 100; ++slot) EXPECT_TRUE(set.remove(Address{0, 0, slot, 1}));
  EXPECT_TRUE(set.empty());
}

}  // namespace
}  // namespace troupe

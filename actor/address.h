// Address: where a spawned actor lives, and which one of those that lived there it is.
#pragma once

#include <cstdint>

namespace troupe {

/// Trivially copyable, 12 bytes. A successor in the same slot has another incarnation, so an
/// address never reaches it. The default address is nobody's.
struct Address {
  static constexpr std::uint32_t kNobody = 0xffffffff;

  std::uint16_t node = 0;
  std::uint16_t core = 0;
  std::uint32_t slot = kNobody;
  std::uint32_t incarnation = 0;

  friend constexpr bool operator==(const Address&, const Address&) = default;
};
static_assert(sizeof(Address) == 12);

}  // namespace troupe

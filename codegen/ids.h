// The numbers by which files and types are known on the wire: derived from names, so that nobody
// has to invent or keep them, and part of the wire contract.
#pragma once

#include <cstdint>
#include <string_view>

namespace troupe::codegen {

/// FNV-1a, 64 bits, over the bytes of `package`, one NUL byte and the bytes of `name`; then the top
/// bit is set, as Cap'n Proto requires of every id.
///
/// `name` is `Account` for a declaration, `Account.Deposit` for what is nested in it, and the file
/// name `bank.actor` for a file. Renaming a type makes it another type.
constexpr std::uint64_t stable_id(std::string_view package, std::string_view name) {
  constexpr std::uint64_t kOffsetBasis = 0xcbf29ce484222325;
  constexpr std::uint64_t kPrime = 0x100000001b3;
  constexpr std::uint64_t kTopBit = std::uint64_t{1} << 63;
  std::uint64_t hash = kOffsetBasis;
  const auto add = [&](char byte) { hash = (hash ^ static_cast<unsigned char>(byte)) * kPrime; };
  for (const char byte : package) add(byte);
  add('\0');
  for (const char byte : name) add(byte);
  return hash | kTopBit;
}

}  // namespace troupe::codegen

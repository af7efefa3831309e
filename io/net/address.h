// Address: where a socket is, IPv4 or IPv6, and how that is written.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/result.h"

namespace troupe::io {

/// A value of 28 bytes. Thread: any.
class Address {
 public:
  /// 0.0.0.0:0.
  Address() : Address(kAnyV4, 0) {}

  /// "127.0.0.1:80" or "[::1]:80": numbers only, names are not looked up. Errors:
  /// kInvalidArgument.
  static Result<Address> parse(std::string_view text);
  /// 127.0.0.1 and `port`; 0 lets the kernel choose when it is bound.
  static Address loopback(std::uint16_t port) { return Address(INADDR_LOOPBACK, port); }
  static Address loopback_v6(std::uint16_t port);
  /// Every IPv4 address of the machine.
  static Address any(std::uint16_t port) { return Address(kAnyV4, port); }
  /// Every address of the machine; IPv4 too unless the system says otherwise.
  static Address any_v6(std::uint16_t port);
  /// What the kernel gave; `bytes` of it are set. Another family gives 0.0.0.0:0.
  static Address from(const sockaddr_storage& given, socklen_t bytes);

  bool is_v6() const { return raw_.family == AF_INET6; }
  int family() const { return raw_.family; }
  std::uint16_t port() const;
  /// As parse() reads it.
  std::string to_string() const;

  /// For the kernel.
  const sockaddr* data() const { return &raw_.any; }
  socklen_t bytes() const { return is_v6() ? sizeof raw_.v6 : sizeof raw_.v4; }

  friend bool operator==(const Address& a, const Address& b);

 private:
  static constexpr std::uint32_t kAnyV4 = INADDR_ANY;

  Address(std::uint32_t v4, std::uint16_t port);
  Address(const in6_addr& v6, std::uint16_t port);

  union {
    sa_family_t family;
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } raw_;
};

/// The line for a person: what the error says, and with whom.
std::string describe(const Error& error, const Address& peer);

}  // namespace troupe::io

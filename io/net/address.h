// Address: where a socket is, IPv4, IPv6 or Unix, and how that is written.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/result.h"

namespace troupe::io {

/// A value of 116 bytes. Thread: any.
class Address {
 public:
  /// 0.0.0.0:0.
  Address() : Address(kAnyV4, 0) {}

  /// The longest Unix path or abstract name, in bytes: the kernel has no room for more.
  static constexpr std::size_t kUnixBytesMax = sizeof(sockaddr_un::sun_path) - 1;

  /// "127.0.0.1:80" or "[::1]:80": numbers only, names are not looked up. "unix:/run/a.socket", a
  /// path; "unix:@name", an abstract name. Errors: kInvalidArgument; kTooLarge, as of unix_path.
  static Result<Address> parse(std::string_view text);
  /// 127.0.0.1 and `port`; 0 lets the kernel choose when it is bound.
  static Address loopback(std::uint16_t port) { return Address(INADDR_LOOPBACK, port); }
  static Address loopback_v6(std::uint16_t port);
  /// Every IPv4 address of the machine.
  static Address any(std::uint16_t port) { return Address(kAnyV4, port); }
  /// Every address of the machine; IPv4 too unless the system says otherwise.
  static Address any_v6(std::uint16_t port);
  /// A socket file. Errors: kTooLarge, detail = kUnixBytesMax: a relative path may be shorter;
  /// kInvalidArgument: empty, or with a zero byte.
  static Result<Address> unix_path(std::string_view path);
  /// A name without a file (Linux), which ends with its last socket. Errors as of unix_path.
  static Result<Address> unix_abstract(std::string_view name);
  /// What the kernel gave; `bytes` of it are set. Another family gives 0.0.0.0:0.
  static Address from(const sockaddr_storage& given, socklen_t bytes);

  bool is_v6() const { return raw_.family == AF_INET6; }
  bool is_unix() const { return raw_.family == AF_UNIX; }
  int family() const { return raw_.family; }
  /// 0 of a Unix address.
  std::uint16_t port() const;
  /// Whether it stands for every address of its family: 0.0.0.0 or [::].
  bool is_any() const;
  /// The same with another port. Not of a Unix address.
  Address with_port(std::uint16_t port) const;
  /// The path, if it is one with a path; else empty. Holds as long as this.
  std::string_view path() const;
  /// As parse() reads it. A Unix socket without a name (a client's) is "unix:", which parse()
  /// refuses.
  std::string to_string() const;

  /// For the kernel.
  const sockaddr* data() const { return &raw_.any; }
  socklen_t bytes() const { return bytes_; }

  friend bool operator==(const Address& a, const Address& b);

 private:
  static constexpr std::uint32_t kAnyV4 = INADDR_ANY;

  Address(std::uint32_t v4, std::uint16_t port);
  Address(const in6_addr& v6, std::uint16_t port);
  Address(std::string_view unix_name, bool is_abstract);

  union {
    sa_family_t family;
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un local;
  } raw_;
  socklen_t bytes_ = 0;
};

/// The line for a person: what the error says, and with whom.
std::string describe(const Error& error, const Address& peer);

}  // namespace troupe::io

#include "io/net/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace troupe::io {

namespace {

// Of a Unix address before its name.
constexpr std::size_t kUnixHead = offsetof(sockaddr_un, sun_path);

Error malformed(const char* why) { return Error(Code::kInvalidArgument, 0, why); }

}  // namespace

Address::Address(std::uint32_t v4, std::uint16_t port) : raw_{}, bytes_(sizeof raw_.v4) {
  raw_.v4.sin_family = AF_INET;
  raw_.v4.sin_addr.s_addr = htonl(v4);
  raw_.v4.sin_port = htons(port);
}

Address::Address(const in6_addr& v6, std::uint16_t port) : raw_{}, bytes_(sizeof raw_.v6) {
  raw_.v6 = sockaddr_in6{};
  raw_.v6.sin6_family = AF_INET6;
  raw_.v6.sin6_addr = v6;
  raw_.v6.sin6_port = htons(port);
}

// A path ends with a zero byte, an abstract name begins with one.
Address::Address(std::string_view unix_name, bool is_abstract)
    : raw_{}, bytes_(static_cast<socklen_t>(kUnixHead + unix_name.size() + 1)) {
  raw_.local = sockaddr_un{};
  raw_.local.sun_family = AF_UNIX;
  std::memcpy(raw_.local.sun_path + (is_abstract ? 1 : 0), unix_name.data(), unix_name.size());
}

Result<Address> Address::unix_path(std::string_view path) {
  if (path.empty()) return malformed("an empty path of a Unix socket");
  if (path.find('\0') != std::string_view::npos) return malformed("a path with a zero byte");
  if (path.size() > kUnixBytesMax) {
    return Error(Code::kTooLarge, kUnixBytesMax,
                 "the path of a Unix socket is longer than the kernel takes");
  }
  return Address(path, false);
}

Result<Address> Address::unix_abstract(std::string_view name) {
  if (name.empty()) return malformed("an empty name of a Unix socket");
  if (name.find('\0') != std::string_view::npos) return malformed("a name with a zero byte");
  if (name.size() > kUnixBytesMax) {
    return Error(Code::kTooLarge, kUnixBytesMax,
                 "the name of a Unix socket is longer than the kernel takes");
  }
  return Address(name, true);
}

Address Address::loopback_v6(std::uint16_t port) { return Address(in6addr_loopback, port); }

Address Address::any_v6(std::uint16_t port) { return Address(in6addr_any, port); }

Address Address::from(const sockaddr_storage& given, socklen_t bytes) {
  Address address;
  if (given.ss_family == AF_INET && bytes >= sizeof address.raw_.v4) {
    std::memcpy(&address.raw_.v4, &given, sizeof address.raw_.v4);
  } else if (given.ss_family == AF_INET6 && bytes >= sizeof address.raw_.v6) {
    std::memcpy(&address.raw_.v6, &given, sizeof address.raw_.v6);
    address.bytes_ = sizeof address.raw_.v6;
  } else if (given.ss_family == AF_UNIX && bytes >= kUnixHead) {
    address.raw_.local = sockaddr_un{};
    address.bytes_ = std::min(bytes, static_cast<socklen_t>(sizeof address.raw_.local));
    std::memcpy(&address.raw_.local, &given, address.bytes_);
  }
  return address;
}

Result<Address> Address::parse(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) {
    text.remove_prefix(kUnix.size());
    return text.starts_with('@') ? unix_abstract(text.substr(1)) : unix_path(text);
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return malformed("an address without a port: 127.0.0.1:80 or [::1]:80");
  }
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc() || end != digits.data() + digits.size()) {
    return malformed("the port of an address is a number up to 65535");
  }
  std::string host(text.substr(0, colon));
  if (host.find('\0') != std::string::npos) return malformed("an address with a zero byte");
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    in6_addr v6{};
    host = host.substr(1, host.size() - 2);
    if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return Address(v6, port);
    return malformed("no IPv6 address between the brackets");
  }
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return Address(ntohl(v4.s_addr), port);
  return malformed("no IPv4 address before the port; an IPv6 address stands in brackets");
}

std::uint16_t Address::port() const {
  if (is_unix()) return 0;
  return ntohs(is_v6() ? raw_.v6.sin6_port : raw_.v4.sin_port);
}

bool Address::is_any() const {
  if (is_v6()) return IN6_IS_ADDR_UNSPECIFIED(&raw_.v6.sin6_addr);
  return raw_.family == AF_INET && raw_.v4.sin_addr.s_addr == htonl(kAnyV4);
}

Address Address::with_port(std::uint16_t port) const {
  Address changed = *this;
  (is_v6() ? changed.raw_.v6.sin6_port : changed.raw_.v4.sin_port) = htons(port);
  return changed;
}

std::string_view Address::path() const {
  if (!is_unix() || bytes_ <= kUnixHead || raw_.local.sun_path[0] == '\0') return {};
  return {raw_.local.sun_path, strnlen(raw_.local.sun_path, bytes_ - kUnixHead)};
}

std::string Address::to_string() const {
  if (is_unix()) {
    if (!path().empty()) return "unix:" + std::string(path());
    if (bytes_ <= kUnixHead) return "unix:";
    return "unix:@" + std::string(raw_.local.sun_path + 1, bytes_ - kUnixHead - 1);
  }
  char text[INET6_ADDRSTRLEN];
  const std::string port_text = ":" + std::to_string(port());
  if (is_v6()) {
    inet_ntop(AF_INET6, &raw_.v6.sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]" + port_text;
  }
  inet_ntop(AF_INET, &raw_.v4.sin_addr, text, sizeof text);
  return text + port_text;
}

bool operator==(const Address& a, const Address& b) {
  if (a.family() != b.family() || a.port() != b.port()) return false;
  if (a.is_unix()) {
    return a.path() == b.path() && a.to_string() == b.to_string();
  }
  if (!a.is_v6()) return a.raw_.v4.sin_addr.s_addr == b.raw_.v4.sin_addr.s_addr;
  return a.raw_.v6.sin6_scope_id == b.raw_.v6.sin6_scope_id &&
         std::memcmp(&a.raw_.v6.sin6_addr, &b.raw_.v6.sin6_addr, sizeof(in6_addr)) == 0;
}

std::string describe(const Error& error, const Address& peer) {
  return error.describe() + " (peer " + peer.to_string() + ")";
}

}  // namespace troupe::io

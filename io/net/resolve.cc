#include "io/net/resolve.h"

#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "io/blocking/blocking.h"
#include "io/blocking/may_block.h"
#include "io/net/host_table.h"
#include "io/reactor.h"

namespace troupe::io {

namespace {

using Addresses = std::vector<Address>;

const char* name_of(int failure) {
  switch (failure) {
    case EAI_NONAME:
      return "EAI_NONAME: no such host or service";
    case EAI_AGAIN:
      return "EAI_AGAIN: no name server answered";
    case EAI_FAIL:
      return "EAI_FAIL: the name server refused";
    case EAI_SERVICE:
      return "EAI_SERVICE: no such service";
    case EAI_FAMILY:
      return "EAI_FAMILY: no addresses of that family";
    case EAI_NODATA:
      return "EAI_NODATA: the host has no addresses";
    case EAI_ADDRFAMILY:
      return "EAI_ADDRFAMILY: the host has no such addresses";
    case EAI_MEMORY:
      return "EAI_MEMORY: out of memory";
    default:
      return "getaddrinfo failed";
  }
}

Error error_of(int failure) {
  if (failure == EAI_SYSTEM) {
    return Error(Code::kIo, static_cast<std::uint64_t>(errno), "getaddrinfo");
  }
  return Error(Code::kFailed, static_cast<std::uint64_t>(-failure), name_of(failure));
}

/// The address that `host` itself is.
Result<Address> parse(std::string_view host, std::string_view service) {
  std::string text(host);
  if (text.find(':') != std::string::npos && text.front() != '[') text = "[" + text + "]";
  return Address::parse(text + ":" + std::string(service));
}

/// Asks the machine.
class LookUp {
 public:
  LookUp(std::string host, std::string service)
      : host_(std::move(host)), service_(std::move(service)) {}

  Result<Addresses> operator()() const {
    may_block("a look-up of a name");
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;  // One of each, not one for each kind of socket.
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(host_.c_str(), service_.c_str(), &wanted, &found);
    if (failure != 0) return error_of(failure);
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, &::freeaddrinfo);
    Addresses addresses;
    for (; found != nullptr && addresses.size() < kAddressesMax; found = found->ai_next) {
      if (found->ai_family != AF_INET && found->ai_family != AF_INET6) continue;
      sockaddr_storage raw{};
      std::memcpy(&raw, found->ai_addr, found->ai_addrlen);
      addresses.push_back(Address::from(raw, found->ai_addrlen));
    }
    if (addresses.empty()) return error_of(EAI_NODATA);
    return addresses;
  }

 private:
  std::string host_;
  std::string service_;
};

/// Asks the table of a simulation, which outlives its pools.
class TableLookUp {
 public:
  TableLookUp(const HostTable& table, std::string host, std::string service)
      : table_(table), host_(std::move(host)), service_(std::move(service)) {}

  Result<Addresses> operator()() const {
    const auto entry = table_.hosts.find(host_);
    if (entry == table_.hosts.end()) return error_of(EAI_NONAME);
    Addresses addresses;
    for (const Address& known : entry->second) {
      if (addresses.size() == kAddressesMax) break;
      std::string text = known.to_string();
      text.resize(text.rfind(':') + 1);
      const Result<Address> address = Address::parse(text + service_);
      if (!address) return error_of(EAI_SERVICE);
      addresses.push_back(*address);
    }
    if (addresses.empty()) return error_of(EAI_NODATA);
    return addresses;
  }

 private:
  const HostTable& table_;
  std::string host_;
  std::string service_;
};

Status check(const std::string& host, const std::string& service) {
  if (host.empty() || host.size() > kHostBytesMax) {
    return Error(Code::kInvalidArgument, host.size(), "the name of a host has 1 to 253 bytes");
  }
  if (service.empty() || service.size() > kServiceBytesMax) {
    return Error(Code::kInvalidArgument, service.size(), "a service has 1 to 64 bytes");
  }
  if (host.find('\0') != std::string::npos || service.find('\0') != std::string::npos) {
    return Error(Code::kInvalidArgument, 0, "a name with a zero byte");
  }
  return ok();
}

}  // namespace

Task<Result<Addresses>> resolve(std::string host, std::string service, Deadline deadline) {
  const Status checked = check(host, service);
  if (!checked) co_return checked.error();
  const Result<Address> numeric = parse(host, service);
  if (numeric) co_return Addresses{*numeric};
  if (const HostTable* table = Reactor::current().backend().host_table(); table != nullptr) {
    TableLookUp look_up(*table, std::move(host), std::move(service));
    Result<Addresses> known = co_await blocking(kNamesPool, std::move(look_up), deadline);
    co_return known;
  }
  LookUp look_up(std::move(host), std::move(service));
  Result<Addresses> found = co_await blocking(kNamesPool, std::move(look_up), deadline);
  co_return found;
}

[[clang::coro_wrapper]] Task<Result<Addresses>> resolve(std::string host, std::uint16_t port,
                                                        Deadline deadline) {
  return resolve(std::move(host), std::to_string(port), deadline);
}

std::string describe(const Error& error, std::string_view host) {
  return error.describe() + " (host " + std::string(host) + ")";
}

}  // namespace troupe::io

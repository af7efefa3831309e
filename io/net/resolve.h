// resolve: from the name of a host to its addresses, without blocking the core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "base/time.h"
#include "base/wait_queue.h"
#include "io/net/address.h"

namespace troupe::io {

inline constexpr std::size_t kHostBytesMax = 253;  ///< Of a name, as DNS limits it.
inline constexpr std::size_t kServiceBytesMax = 64;
inline constexpr std::size_t kAddressesMax = 64;  ///< Of one answer; more are left out.

/// The addresses of `host` with the port of `service`, a number or a name that /etc/services knows
/// ("https"), in the order in which they are to be tried: at least one. "127.0.0.1", "::1" and
/// "[::1]" with a number are answered at once; all else is asked in the pool kNamesPool, by
/// getaddrinfo: /etc/hosts, DNS, whatever the machine is set up for. In simulation, where names are
/// those of SimOptions::hosts and services are numbers, it takes a job's virtual time as well.
///
/// Errors: kInvalidArgument (too long, or a zero byte); kFailed, detail = the number of the
/// EAI_… without its sign, context = its name; kIo with the errno; those of blocking(): a deadline
/// ends the await, the look-up goes on for as long as the resolver tries (its default: 10 s and
/// more), so that many of them end in kOverloaded.
Task<Result<std::vector<Address>>> resolve(std::string host, std::string service,
                                           Deadline deadline = kNoDeadline);
Task<Result<std::vector<Address>>> resolve(std::string host, std::uint16_t port,
                                           Deadline deadline = kNoDeadline);

/// The line for a person: what the error says, and of which host.
std::string describe(const Error& error, std::string_view host);

}  // namespace troupe::io

namespace troupe {
using io::resolve;
}  // namespace troupe

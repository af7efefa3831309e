// HostTable: the names of hosts that a simulation knows, instead of the machine's.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "io/net/address.h"

namespace troupe::io {

/// See SimOptions::hosts. The ports of the addresses do not count.
struct HostTable {
  std::map<std::string, std::vector<Address>, std::less<>> hosts;
};

}  // namespace troupe::io

#include "actor/node.h"

#include "actor/names/path.h"
#include "base/check.h"

namespace troupe {

Node::Node(const NodeOptions& options) : options_(options), mesh_(options.cores, options.lanes) {
  TROUPE_CHECK(is_system_name(options.name), "NodeOptions::name '%s' is no name of a system",
               options.name.c_str());
  // Neighbouring shards on different cores, so that few shards still spread.
  for (std::size_t shard = 0; shard < owners_.size(); ++shard) {
    owners_[shard] = static_cast<std::uint16_t>(shard % options.cores);
  }
}

const ServedType* Node::served(std::uint64_t type) const {
  for (const std::unique_ptr<ServedType>& served : served_) {
    if (served->type().id == type) return served.get();
  }
  return nullptr;
}

}  // namespace troupe

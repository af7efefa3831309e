// The behaviour of a shard, and the server's set of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actor/actor.h"
#include "examples/kv/kv.actor.h"
#include "examples/kv/operation.h"
#include "examples/kv/store.h"
#include "examples/kv/topics.h"

namespace kv {

/// Replies of one batch: what would be more waits for the next ask. One reply, an argument at most,
/// may come on top; together they fit into a frame.
inline constexpr std::size_t kBatchReplyBytesMax = 256 * 1024;

/// How often a shard that has keys with an expiry looks for those that ended, how often otherwise,
/// and at how many slots at a time: a few tens of microseconds.
inline constexpr troupe::Duration kSweepPause = std::chrono::milliseconds(25);
inline constexpr troupe::Duration kIdleSweepPause = std::chrono::seconds(1);
inline constexpr std::uint32_t kSweepSlots = 4096;

/// What a shard holds, and how it serves a batch. Thread: the shard's core.
class ShardData {
 public:
  ShardData(std::uint32_t index, std::size_t bytes_max) : store_(bytes_max), topics_(index) {}

  /// Does the operations in order, until the replies are many. Returns how many bytes of `batch`
  /// are done with; short of what replies() allows only if the rest is no operation.
  std::size_t serve(std::string_view batch, Shard::Self self,
                    const std::optional<troupe::Ref<Connection>>& who);
  /// Of the last serve(), until the next. Packed.
  std::string_view replies() const { return replies_; }
  /// True if serve() stopped because of the replies.
  bool full() const { return replies_.size() >= kBatchReplyBytesMax; }

  Store& store() { return store_; }
  Topics& topics() { return topics_; }

 private:
  // What the buffer keeps from one batch to the next.
  static constexpr std::size_t kReplyBytesKept = 512 * 1024;

  void apply_here(const Operation& operation, Shard::Self self,
                  const std::optional<troupe::Ref<Connection>>& who);
  void write_statistics();

  Store store_;
  Topics topics_;
  std::uint64_t operations_ = 0;
  std::string replies_;
};

/// One shard: the keys and channels whose hash leads here.
troupe::Behavior shard(Shard::Self self, std::uint32_t index, std::uint64_t bytes_max);

/// Starts one shard on each core. Index in the result: shard_of(hash, cores).
troupe::Task<std::vector<troupe::Ref<Shard>>> spawn_shards(troupe::Root root,
                                                           std::uint64_t shard_bytes_max);

}  // namespace kv

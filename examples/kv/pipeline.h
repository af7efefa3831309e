// Pipeline: what a client sent at once, split among the shards, and the replies put in order again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "examples/kv/key_hash.h"
#include "examples/kv/operation.h"
#include "examples/kv/resp_writer.h"
#include "examples/kv/server_info.h"

namespace kv {

/// How the replies of several operations become the reply of one command.
enum class Merge : std::uint8_t {
  kReplies,     ///< One after the other.
  kSum,         ///< The sum of integers.
  kAllDone,     ///< "+OK".
  kConfirm,     ///< A text that was written beforehand.
  kStatistics,  ///< INFO; the text written beforehand is the section.
};

/// One batch of a connection's commands. Filled by a Session; then, round after round, slices of
/// the operations go to their shards and the replies come back, until it is done: so that neither a
/// request nor what it asks for needs more memory than a few slices. A command whose operations
/// fail has the first error as its reply.
///
/// Thread: the connection's core. Allocates until its buffers have the size of the usual batch.
class Pipeline {
 public:
  /// Operations of one round for one shard; one operation may be more.
  static constexpr std::size_t kSliceBytesMax = 256 * 1024;

  Pipeline(KeyHasher hasher, unsigned shards) : hasher_(hasher), lanes_(shards), text_(texts_) {}
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Filling. Every command adds text, or one group, or both; in order.

  /// Writes a reply that needs no shard.
  ReplyWriter& text() { return text_; }
  /// After text() was used: what was written takes its place in the order.
  void end_text() { end_text(Merge::kReplies, 0); }
  /// After text() was used and one operation added for it: it is sent once that is done.
  void end_confirmed_text() { end_text(Merge::kConfirm, 1); }
  /// INFO of a section, which text() was given raw, from all shards.
  void end_statistics_text() { end_text(Merge::kStatistics, shards()); }
  /// Adds an operation with a key, whose hash this fills in, to its shard. A group or an
  /// end_…_text() follows.
  void add(Operation& operation) {
    operation.key.hash = hasher_(operation.key.text);
    add_to(shard_of(operation.key.hash, shards()), operation);
  }
  void add(Operation&& operation) { add(operation); }
  /// Adds a command that sets keys, each of which has its value behind it. Those of one shard are
  /// one operation, or a few.
  void add_pairs(std::span<const std::string_view> keys_and_values);
  /// Adds an operation without a key to all shards.
  void add_to_all(const Operation& operation) {
    for (unsigned shard = 0; shard < shards(); ++shard) add_to(shard, operation);
  }
  /// The last `operations` added are one command's. What was written to text() before the first of
  /// them had its end.
  void end_group(Merge merge, std::size_t operations);

  unsigned shards() const { return static_cast<unsigned>(lanes_.size()); }
  /// True if the batch should be served before more is added.
  bool full() const;
  bool empty() const { return steps_.empty(); }

  // Serving.

  /// What to ask `shard` in this round; empty for nothing. Live until the next call for it.
  std::string_view slice(unsigned shard) const;
  /// The shard's answer to its slice. `replies` outlives the round's write_ready() and keep_rest().
  void answered(unsigned shard, std::string_view replies, std::size_t served_bytes);
  /// The shard did not answer: each operation of the slice has this error as its reply.
  void failed(unsigned shard, std::string_view error);
  /// Appends the replies that are complete and next in order. True when that was all: the pipeline
  /// is empty then and can be filled again.
  bool write_ready(const ServerInfo& info, std::string& to);
  /// Copies the replies that wait for others, because what answered() was given ends.
  void keep_rest();

  /// Gives back what the buffers keep for the next batch. Only when it is empty.
  void release_memory();

 private:
  struct Lane {
    Batch operations;
    std::size_t pairs_at = 0;  // where the kSetMany begins that has
    std::int64_t pairs = 0;    // so many pairs; 0: none is being filled

    bool has_room_for(std::size_t pair_bytes) const {
      return pairs > 0 && operations.size() - pairs_at + pair_bytes <= kSetManyBytesMax;
    }
    std::size_t sent = 0;
    std::string_view replies;  // not yet taken
    std::string kept;          // what `replies` looks at after a round
  };
  struct Step {
    Merge merge;
    std::uint32_t operations;
    std::uint32_t text_bytes;
  };
  // Batches end at these sizes; the command that reaches one is still in.
  static constexpr std::size_t kBatchOperationsMax = 4096;
  static constexpr std::size_t kBatchBytesMax = 256 * 1024;
  // What each buffer keeps from one batch to the next: there is one for every shard, and there are
  // many clients.
  static constexpr std::size_t kBytesKept = 16 * 1024;

  void add_to(unsigned shard, const Operation& operation) {
    pack(operation, lanes_[shard].operations);
    packed_bytes_ += operation.packed_bytes();
    order_.push_back(static_cast<std::uint16_t>(shard));
  }
  void begin_pairs(unsigned shard);
  std::size_t end_pairs(Lane& lane);
  void end_text(Merge merge, std::size_t operations);
  bool take_reply(std::string_view& reply);
  bool write_step(Step& step, const ServerInfo& info, std::string& to);
  void write_merged(const Step& step, const ServerInfo& info, std::string& to);
  void collect(const Step& step, std::string_view reply);
  void clear();

  KeyHasher hasher_;
  std::vector<Lane> lanes_;
  std::vector<std::uint16_t> order_;  // the shard of each operation
  std::vector<Step> steps_;
  std::string texts_;
  ReplyWriter text_;
  std::size_t packed_bytes_ = 0;
  // How far write_ready() is.
  std::size_t next_operation_ = 0;
  std::size_t next_step_ = 0;
  std::size_t next_text_ = 0;
  std::size_t text_ended_ = 0;
  // Of the step that is being merged.
  std::int64_t sum_ = 0;
  Statistics statistics_;
  std::string first_error_;
};

}  // namespace kv

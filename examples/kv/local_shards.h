// Shards without actors: serve a session's pipeline at once, for tests and measurements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "examples/kv/operation.h"
#include "examples/kv/session.h"

namespace kv {

/// A server in one object: bytes in, bytes out. Channels have no listeners. Thread: one.
class LocalShards {
 public:
  explicit LocalShards(unsigned shards, std::size_t shard_bytes_max = kShardBytesMax,
                       std::size_t reply_bytes_max = SIZE_MAX)
      : reply_bytes_max_(reply_bytes_max) {
    for (unsigned i = 0; i < shards; ++i) stores_.emplace_back(shard_bytes_max);
  }

  void set_now(troupe::Time now) {
    for (Store& store : stores_) store.set_now(now);
  }
  Store& store(unsigned shard) { return stores_[shard]; }

  /// One round of every shard. True when the pipeline is done.
  bool serve_round(Session& session, std::string& replies) {
    Pipeline& pipeline = session.pipeline();
    std::vector<std::string> packed(stores_.size());
    for (unsigned shard = 0; shard < stores_.size(); ++shard) {
      const std::string_view slice = pipeline.slice(shard);
      if (slice.empty()) continue;
      const std::size_t served = serve(slice, stores_[shard], packed[shard]);
      pipeline.answered(shard, packed[shard], served);
    }
    const bool done = pipeline.write_ready(session.info(), replies);
    if (!done) pipeline.keep_rest();
    return done;
  }

  /// Reads all of `received` and answers it. True as long as the client stays connected.
  bool answer(Session& session, std::string& received, std::string& replies) {
    for (;;) {
      const ReadOutcome outcome = session.read(received);
      received.erase(0, session.consumed());
      while (!serve_round(session, replies)) {
      }
      if (outcome == ReadOutcome::kClose) return false;
      if (outcome == ReadOutcome::kNeedMore) return true;
    }
  }

 private:
  std::size_t serve(std::string_view batch, Store& store, std::string& packed) {
    std::string_view rest = batch;
    Operation operation;
    while (packed.size() < reply_bytes_max_ && unpack(rest, operation)) {
      std::string reply;
      if (operation.code <= OperationCode::kClear) {
        apply(operation, store, reply);
      } else if (operation.code == OperationCode::kStatistics) {
        Statistics statistics;
        statistics.keys = store.size();
        statistics.bytes = store.bytes();
        reply.assign(reinterpret_cast<const char*>(&statistics), sizeof(statistics));
      } else {
        ReplyWriter(reply).integer(0);
      }
      const auto bytes = static_cast<ReplyBytes>(reply.size());
      packed.append(reinterpret_cast<const char*>(&bytes), sizeof(bytes));
      packed.append(reply);
    }
    return batch.size() - rest.size();
  }

  std::deque<Store> stores_;  // a store does not move
  std::size_t reply_bytes_max_;
};

}  // namespace kv

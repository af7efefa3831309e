#include "examples/kv/shard.h"

#include <cstring>
#include <span>

#include "examples/kv/resp_writer.h"

namespace kv {

using troupe::Behavior;
using troupe::Ref;
using troupe::Root;
using troupe::Task;

std::size_t ShardData::serve(std::string_view batch, Shard::Self self,
                             const std::optional<Ref<Connection>>& who) {
  store_.set_now(self.now());
  replies_.clear();
  if (replies_.capacity() > kReplyBytesKept) replies_.shrink_to_fit();
  std::string_view rest = batch;
  Operation operation;
  while (!full() && unpack(rest, operation)) {
    const std::size_t at = replies_.size();
    ReplyBytes bytes = 0;
    replies_.append(reinterpret_cast<const char*>(&bytes), sizeof(bytes));
    if (operation.code <= OperationCode::kClear) [[likely]] {
      apply(operation, store_, replies_);
    } else {
      apply_here(operation, self, who);
    }
    bytes = static_cast<ReplyBytes>(replies_.size() - at - sizeof(bytes));
    std::memcpy(replies_.data() + at, &bytes, sizeof(bytes));
    operations_ += operation.count();
  }
  return batch.size() - rest.size();
}

// What concerns more than the keys.
void ShardData::apply_here(const Operation& operation, Shard::Self self,
                           const std::optional<Ref<Connection>>& who) {
  ReplyWriter reply(replies_);
  const std::string_view channel = operation.key.text;
  if (operation.code == OperationCode::kStatistics) {
    write_statistics();
  } else if (operation.code == OperationCode::kPublish) {
    reply.integer(static_cast<std::int64_t>(topics_.publish(channel, operation.value)));
  } else if (!who) {
    reply.error("ERR nobody to subscribe");
  } else if (operation.code == OperationCode::kUnsubscribe) {
    topics_.unsubscribe(channel, *who);
    reply.ok();
  } else {
    switch (topics_.subscribe(channel, *who)) {
      case Topics::Joined::kFirstChannel:
        self.watch(*who);
        return reply.ok();
      case Topics::Joined::kAnotherChannel:
      case Topics::Joined::kAlready:
        return reply.ok();
      case Topics::Joined::kTooMany:
        return reply.error("ERR too many subscribers");
    }
  }
}

void ShardData::write_statistics() {
  Statistics statistics;
  statistics.keys = store_.size();
  statistics.expiring = store_.expiring();
  statistics.bytes = store_.bytes();
  statistics.bytes_max = store_.bytes_max();
  statistics.hits = store_.counters().hits;
  statistics.misses = store_.counters().misses;
  statistics.expired = store_.counters().expired;
  statistics.operations = operations_;
  statistics.channels = topics_.size();
  replies_.append(reinterpret_cast<const char*>(&statistics), sizeof(statistics));
}

namespace {

Behavior sweeper(Sweeper::Self self, Ref<Shard> shard) {
  troupe::Duration pause = kSweepPause;
  for (;;) {
    auto slept = co_await self.sleep_for(pause);
    if (!slept) co_return;  // stopping, with the shard
    auto swept = co_await shard.ask(troupe::within(std::chrono::seconds(10))).sweep(kSweepSlots);
    if (self.stopping()) co_return;
    // A shard that is too busy to answer is asked again later.
    pause = swept && swept->expiring() == 0 ? kIdleSweepPause : kSweepPause;
  }
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Behavior shard(Shard::Self self, std::uint32_t index, std::uint64_t bytes_max) {
  ShardData data(index, bytes_max);
  self.spawn<Sweeper>(sweeper, self.ref());
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Shard::Kind::kStop:
        co_return;
      case Shard::Kind::kUnknown:
        break;
      case Shard::Kind::kDown:
        data.topics().leave(msg.down().who());
        break;
      case Shard::Kind::kServe: {
        auto serve = msg.serve();
        const std::string_view batch = text_of(serve.operations());
        const std::size_t served = data.serve(batch, self, serve.who());
        if (served < batch.size() && !data.full()) {
          serve.deny(Refused::kMalformed);
          break;
        }
        serve.reply(std::as_bytes(std::span(data.replies())), static_cast<std::uint32_t>(served));
        break;
      }
      case Shard::Kind::kSweep: {
        data.store().set_now(self.now());
        const std::size_t removed = data.store().sweep(msg.sweep().slots());
        msg.sweep().reply(removed, data.store().expiring());
        break;
      }
    }
  }
}

Task<std::vector<Ref<Shard>>> spawn_shards(Root root, std::uint64_t shard_bytes_max) {
  const auto spawn_here = [](Root here, std::uint32_t index,
                             std::uint64_t bytes_max) -> Task<Ref<Shard>> {
    co_return here.spawn<Shard>(shard, index, bytes_max);
  };
  std::vector<Ref<Shard>> shards;
  for (unsigned core = 0; core < root.cores(); ++core) {
    auto spawned =
        co_await root.on_core(core, spawn_here, root, std::uint32_t{core}, shard_bytes_max);
    shards.push_back(spawned);
  }
  co_return shards;
}

}  // namespace kv

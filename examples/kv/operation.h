// Operation: what a connection asks a shard to do with one key, and how many of them travel
// together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "examples/kv/store.h"

namespace kv {

/// What is done. Connections and shards are of one process, so values may change.
enum class OperationCode : std::uint8_t {
  kGet,
  kSet,
  kDelete,
  kExists,
  kLength,
  kType,
  kAdd,
  kExpire,
  kPersist,
  kTimeLeft,
  kSize,  ///< Without a key, as the two that follow.
  kClear,
  kStatistics,  ///< Replies with the bytes of a Statistics instead of a text.
  kSubscribe,   ///< The key is a channel; the batch says who.
  kUnsubscribe,
  kPublish,  ///< To the channel that is the key, the message that is the value.
};

/// What an operation does beside its code.
namespace operation_flag {
inline constexpr std::uint8_t kSeconds = 1;      ///< kTimeLeft: seconds, not milliseconds.
inline constexpr std::uint8_t kReturnOld = 2;    ///< kSet: replies with the value before.
inline constexpr std::uint8_t kReplyNumber = 4;  ///< kSet: replies 1 or 0, as SETNX.
}  // namespace operation_flag

/// What stands before each key in a packed batch; key and value follow it without padding.
struct OperationHeader {
  std::uint64_t hash;   ///< Of the key: the connection computed it to find the shard.
  std::int64_t number;  ///< kAdd: the amount. kSet with Expiry::kAfter, kExpire: milliseconds.
  std::uint32_t key_bytes;
  std::uint32_t value_bytes;
  OperationCode code;
  std::uint8_t flags;
  Condition condition;
  Expiry expiry;
  std::uint32_t unused;
};
static_assert(sizeof(OperationHeader) == 32 && std::is_trivially_copyable_v<OperationHeader>);

/// One operation: views of what it was read from.
struct Operation {
  OperationCode code = OperationCode::kGet;
  std::uint8_t flags = 0;
  Condition condition = Condition::kAlways;
  Expiry expiry = Expiry::kNone;
  std::int64_t number = 0;
  Key key{};
  std::string_view value{};

  std::size_t packed_bytes() const {
    return sizeof(OperationHeader) + key.text.size() + value.size();
  }
};

/// Appends to a batch. Field by field and straight into it: a header that is put together elsewhere
/// and copied in wide pieces makes the copy wait for each of its narrow stores.
inline void pack(const Operation& operation, std::string& batch) {
  const std::size_t end = batch.size();
  batch.resize(end + operation.packed_bytes());
  char* to = batch.data() + end;
  const auto put = [&to](const auto& field) {
    std::memcpy(to, &field, sizeof(field));
    to += sizeof(field);
  };
  // As OperationHeader has them.
  put(operation.key.hash);
  put(operation.number);
  put(static_cast<std::uint32_t>(operation.key.text.size()));
  put(static_cast<std::uint32_t>(operation.value.size()));
  put(operation.code);
  put(operation.flags);
  put(operation.condition);
  put(operation.expiry);
  put(std::uint32_t{0});
  to = std::copy(operation.key.text.begin(), operation.key.text.end(), to);
  std::copy(operation.value.begin(), operation.value.end(), to);
}

/// Takes the next operation from the front of a batch. False at its end, and if what is left is not
/// one: then the batch is not empty.
inline bool unpack(std::string_view& batch, Operation& operation) {
  OperationHeader header;
  if (batch.size() < sizeof(header)) return false;
  std::memcpy(&header, batch.data(), sizeof(header));
  const std::size_t bytes =
      sizeof(header) + std::size_t{header.key_bytes} + std::size_t{header.value_bytes};
  if (batch.size() < bytes) return false;
  const char* text = batch.data() + sizeof(header);
  operation.code = header.code;
  operation.flags = header.flags;
  operation.condition = header.condition;
  operation.expiry = header.expiry;
  operation.number = header.number;
  operation.key = Key{std::string_view(text, header.key_bytes), header.hash};
  operation.value = std::string_view(text + header.key_bytes, header.value_bytes);
  batch.remove_prefix(bytes);
  return true;
}

/// What a shard says of itself, for INFO. Sums over shards mean the server.
struct Statistics {
  std::uint64_t keys = 0;
  std::uint64_t expiring = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_max = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t expired = 0;
  std::uint64_t operations = 0;
  std::uint64_t channels = 0;

  Statistics& operator+=(const Statistics& other) {
    keys += other.keys;
    expiring += other.expiring;
    bytes += other.bytes;
    bytes_max += other.bytes_max;
    hits += other.hits;
    misses += other.misses;
    expired += other.expired;
    operations += other.operations;
    channels += other.channels;
    return *this;
  }
};
static_assert(std::is_trivially_copyable_v<Statistics>);

/// Does what `operation` says to the store and appends its reply in RESP2, in Redis's words. Only
/// for operations of a store: from kGet to kClear.
void apply(const Operation& operation, Store& store, std::string& replies);

/// The length that stands before each reply of a packed batch.
using ReplyBytes = std::uint32_t;

}  // namespace kv

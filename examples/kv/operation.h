// Operation: what a connection asks a shard to do with one key, or, to set them, with several, and
// how many operations travel together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "examples/kv/batch.h"
#include "examples/kv/short_bytes.h"
#include "examples/kv/store.h"

namespace kv {

/// What is done. Connections and shards are of one process, so values may change.
enum class OperationCode : std::uint8_t {
  kGet,
  kSet,
  kSetMany,  ///< Without a key of its own: its value has pairs of them, its number says how many.
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

/// What stands before each pair in the value of a kSetMany; key and value follow it likewise.
struct PairHeader {
  std::uint64_t hash;  ///< As OperationHeader has it.
  std::uint32_t key_bytes;
  std::uint32_t value_bytes;
};
static_assert(sizeof(PairHeader) == 16 && std::is_trivially_copyable_v<PairHeader>);

/// A kSetMany is no longer, with its header, unless a single pair is.
inline constexpr std::size_t kSetManyBytesMax = 64 * 1024;

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
  /// How many keys it concerns, for statistics; one without a key counts as well.
  std::uint64_t count() const {
    return code == OperationCode::kSetMany ? static_cast<std::uint64_t>(number) : 1;
  }
};

/// Appends to a batch. Field by field and straight into it: a header that is put together elsewhere
/// and copied in wide pieces makes the copy wait for each of its narrow stores.
inline void pack(const Operation& operation, Batch& batch) {
  char* to = batch.extend(operation.packed_bytes());
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
  to = copy_bytes(to, operation.key.text);
  copy_bytes(to, operation.value);
}

inline std::size_t pair_bytes(const Key& key, std::string_view value) {
  return sizeof(PairHeader) + key.text.size() + value.size();
}

/// Appends a pair to the kSetMany at the end of a batch; finish_set_many() then says how much that
/// was.
[[gnu::always_inline]] inline void pack_pair(const Key& key, std::string_view value, Batch& batch) {
  const PairHeader header{key.hash, static_cast<std::uint32_t>(key.text.size()),
                          static_cast<std::uint32_t>(value.size())};
  char* to = batch.extend(pair_bytes(key, value));
  std::memcpy(to, &header, sizeof(header));
  to = copy_bytes(to + sizeof(header), key.text);
  copy_bytes(to, value);
}

/// Everything behind the header that was packed at `offset` is its `pairs` pairs.
inline void finish_set_many(std::size_t offset, std::int64_t pairs, Batch& batch) {
  const auto bytes = static_cast<std::uint32_t>(batch.size() - offset - sizeof(OperationHeader));
  std::memcpy(batch.at(offset + offsetof(OperationHeader, number)), &pairs, sizeof(pairs));
  std::memcpy(batch.at(offset + offsetof(OperationHeader, value_bytes)), &bytes, sizeof(bytes));
}

/// Takes the next pair from the front of a kSetMany's value. False as unpack().
inline bool unpack_pair(std::string_view& pairs, Key& key, std::string_view& value) {
  PairHeader header;
  if (pairs.size() < sizeof(header)) return false;
  std::memcpy(&header, pairs.data(), sizeof(header));
  const std::size_t bytes =
      sizeof(header) + std::size_t{header.key_bytes} + std::size_t{header.value_bytes};
  if (pairs.size() < bytes) return false;
  const char* text = pairs.data() + sizeof(header);
  key = Key{std::string_view(text, header.key_bytes), header.hash};
  value = std::string_view(text + header.key_bytes, header.value_bytes);
  pairs.remove_prefix(bytes);
  return true;
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

#include "examples/kv/operation.h"

#include "base/check.h"
#include "examples/kv/resp_writer.h"

namespace kv {

namespace {

constexpr std::string_view kOutOfMemory = "OOM command not allowed when used memory > 'maxmemory'.";
constexpr std::string_view kNotAnInteger = "ERR value is not an integer or out of range";

bool has(const Operation& operation, std::uint8_t flag) { return (operation.flags & flag) != 0; }

void write_value(std::optional<std::string_view> value, ReplyWriter& reply) {
  if (value) {
    reply.bulk(*value);
  } else {
    reply.null();
  }
}

void apply_set(const Operation& set, Store& store, std::string& replies) {
  ReplyWriter reply(replies);
  const std::size_t before = replies.size();
  const bool returns_old = has(set, operation_flag::kReturnOld);
  if (returns_old) write_value(store.get(set.key), reply);
  const Stored stored =
      store.set(set.key, set.value, SetOptions{set.condition, set.expiry, set.number});
  if (stored == Stored::kOutOfMemory) {
    replies.resize(before);
    reply.error(kOutOfMemory);
  } else if (has(set, operation_flag::kReplyNumber)) {
    reply.integer(stored == Stored::kDone ? 1 : 0);
  } else if (returns_old) {
    // The old value is the reply, written or not.
  } else if (stored == Stored::kDone) {
    reply.ok();
  } else {
    reply.null();
  }
}

void apply_set_many(const Operation& set, Store& store, ReplyWriter& reply) {
  std::string_view pairs = set.value;
  Key key{};
  std::string_view value;
  bool had_room = true;
  while (unpack_pair(pairs, key, value)) {
    if (store.set(key, value, {}) != Stored::kDone) had_room = false;
  }
  TROUPE_CHECK(pairs.empty(), "a pair that is cut off after %zu bytes", pairs.size());
  had_room ? reply.ok() : reply.error(kOutOfMemory);
}

void apply_add(const Operation& add, Store& store, ReplyWriter& reply) {
  std::int64_t sum = 0;
  switch (store.add(add.key, add.number, sum)) {
    case Added::kDone:
      return reply.integer(sum);
    case Added::kNotAnInteger:
      return reply.error(kNotAnInteger);
    case Added::kOverflow:
      return reply.error("ERR increment or decrement would overflow");
    case Added::kOutOfMemory:
      return reply.error(kOutOfMemory);
  }
}

void apply_time_left(const Operation& operation, Store& store, ReplyWriter& reply) {
  const Milliseconds left = store.time_left(operation.key);
  if (left < 0 || !has(operation, operation_flag::kSeconds)) return reply.integer(left);
  reply.integer(left / 1000 + (left % 1000 >= 500 ? 1 : 0));  // to the nearest, as in Redis
}

}  // namespace

void apply(const Operation& operation, Store& store, std::string& replies) {
  ReplyWriter reply(replies);
  const Key& key = operation.key;
  switch (operation.code) {
    case OperationCode::kGet:
      return write_value(store.get(key), reply);
    case OperationCode::kSet:
      return apply_set(operation, store, replies);
    case OperationCode::kSetMany:
      return apply_set_many(operation, store, reply);
    case OperationCode::kDelete:
      return reply.integer(store.remove(key) ? 1 : 0);
    case OperationCode::kExists:
      return reply.integer(store.exists(key) ? 1 : 0);
    case OperationCode::kLength: {
      const auto value = store.get(key);
      return reply.integer(value ? static_cast<std::int64_t>(value->size()) : 0);
    }
    case OperationCode::kType:
      return reply.simple(store.exists(key) ? "string" : "none");
    case OperationCode::kAdd:
      return apply_add(operation, store, reply);
    case OperationCode::kExpire:
      return reply.integer(store.expire(key, operation.number, operation.condition) ? 1 : 0);
    case OperationCode::kPersist:
      return reply.integer(store.persist(key) ? 1 : 0);
    case OperationCode::kTimeLeft:
      return apply_time_left(operation, store, reply);
    case OperationCode::kSize:
      return reply.integer(static_cast<std::int64_t>(store.size()));
    case OperationCode::kClear:
      store.clear();
      return reply.ok();
    case OperationCode::kStatistics:
    case OperationCode::kSubscribe:
    case OperationCode::kUnsubscribe:
    case OperationCode::kPublish:
      break;
  }
  troupe::fail_check(__FILE__, __LINE__, "operation %d is not one of a store",
                     static_cast<int>(operation.code));
}

}  // namespace kv

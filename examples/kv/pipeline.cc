#include "examples/kv/pipeline.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace kv {

void Pipeline::end_text(Merge merge, std::size_t operations) {
  const auto bytes = static_cast<std::uint32_t>(texts_.size() - text_ended_);
  text_ended_ = texts_.size();
  // Texts one after the other, as of many PINGs, are one step.
  if (operations == 0 && !steps_.empty() && steps_.back().operations == 0) {
    steps_.back().text_bytes += bytes;
    return;
  }
  steps_.push_back(Step{merge, static_cast<std::uint32_t>(operations), bytes});
}

void Pipeline::end_group(Merge merge, std::size_t operations) {
  // So are replies one after the other, as of many GETs.
  if (merge == Merge::kReplies && !steps_.empty() && steps_.back().merge == Merge::kReplies &&
      steps_.back().text_bytes == 0) {
    steps_.back().operations += static_cast<std::uint32_t>(operations);
    return;
  }
  steps_.push_back(Step{merge, static_cast<std::uint32_t>(operations), 0});
}

void Pipeline::add_pairs(std::span<const std::string_view> keys_and_values) {
  std::size_t operations = 0;
  for (std::size_t i = 0; i < keys_and_values.size(); i += 2) {
    const std::string_view value = keys_and_values[i + 1];
    const Key key{keys_and_values[i], hasher_(keys_and_values[i])};
    const unsigned shard = shard_of(key.hash, shards());
    Lane& lane = lanes_[shard];
    if (!lane.has_room_for(pair_bytes(key, value))) [[unlikely]] {
      operations += end_pairs(lane);
      begin_pairs(shard);
    }
    pack_pair(key, value, lane.operations);
    ++lane.pairs;
  }
  for (Lane& lane : lanes_) operations += end_pairs(lane);
  end_group(Merge::kAllDone, operations);
}

void Pipeline::begin_pairs(unsigned shard) {
  lanes_[shard].pairs_at = lanes_[shard].operations.size();
  Operation set;
  set.code = OperationCode::kSetMany;
  add_to(shard, set);
}

// Returns how many operations that was: one, or none.
std::size_t Pipeline::end_pairs(Lane& lane) {
  if (lane.pairs == 0) return 0;
  finish_set_many(lane.pairs_at, lane.pairs, lane.operations);
  packed_bytes_ += lane.operations.size() - lane.pairs_at - sizeof(OperationHeader);
  lane.pairs = 0;
  return 1;
}

bool Pipeline::full() const {
  return order_.size() >= kBatchOperationsMax || packed_bytes_ + texts_.size() >= kBatchBytesMax;
}

std::string_view Pipeline::slice(unsigned shard) const {
  const Lane& lane = lanes_[shard];
  if (!lane.replies.empty()) return {};
  const std::string_view rest = lane.operations.bytes().substr(lane.sent);
  if (rest.size() <= kSliceBytesMax) return rest;
  std::string_view behind = rest;
  Operation operation;
  std::size_t bytes = 0;
  while (unpack(behind, operation)) {
    const std::size_t more = rest.size() - behind.size();
    if (bytes != 0 && more > kSliceBytesMax) break;
    bytes = more;
  }
  return rest.substr(0, bytes);
}

void Pipeline::answered(unsigned shard, std::string_view replies, std::size_t served_bytes) {
  Lane& lane = lanes_[shard];
  lane.replies = replies;
  lane.sent += served_bytes;
}

void Pipeline::failed(unsigned shard, std::string_view error) {
  Lane& lane = lanes_[shard];
  std::string reply;
  ReplyWriter(reply).error(error);
  const auto bytes = static_cast<ReplyBytes>(reply.size());
  std::string_view slice = this->slice(shard);
  lane.sent += slice.size();
  lane.kept.clear();
  Operation operation;
  while (unpack(slice, operation)) {
    lane.kept.append(reinterpret_cast<const char*>(&bytes), sizeof(bytes));
    lane.kept.append(reply);
  }
  lane.replies = lane.kept;
}

// The next operation's reply, if its shard has answered it.
bool Pipeline::take_reply(std::string_view& reply) {
  std::string_view& replies = lanes_[order_[next_operation_]].replies;
  if (replies.empty()) return false;
  ReplyBytes bytes = 0;
  TROUPE_CHECK(replies.size() >= sizeof(bytes), "replies of a shard that are cut off");
  std::memcpy(&bytes, replies.data(), sizeof(bytes));
  TROUPE_CHECK(replies.size() - sizeof(bytes) >= bytes, "a reply of a shard that is cut off");
  reply = replies.substr(sizeof(bytes), bytes);
  replies.remove_prefix(sizeof(bytes) + bytes);
  ++next_operation_;
  return true;
}

bool Pipeline::write_ready(const ServerInfo& info, std::string& to) {
  for (; next_step_ < steps_.size(); ++next_step_) {
    if (!write_step(steps_[next_step_], info, to)) return false;
  }
  clear();
  return true;
}

// False if replies are missing; `step` then has how many.
bool Pipeline::write_step(Step& step, const ServerInfo& info, std::string& to) {
  std::string_view reply;
  for (; step.operations > 0; --step.operations) {
    if (!take_reply(reply)) return false;
    if (step.merge == Merge::kReplies) {
      to.append(reply);
    } else {
      collect(step, reply);
    }
  }
  write_merged(step, info, to);
  next_text_ += step.text_bytes;
  sum_ = 0;
  statistics_ = Statistics();
  first_error_.clear();
  return true;
}

void Pipeline::collect(const Step& step, std::string_view reply) {
  if (reply.starts_with('-')) {
    if (first_error_.empty()) first_error_ = reply;
  } else if (step.merge == Merge::kSum) {
    std::int64_t value = 0;
    const bool understood =
        reply.size() > 3 && read_integer(reply.substr(1, reply.size() - 3), value);
    TROUPE_CHECK(understood, "a sum of what is no integer");
    sum_ += value;
  } else if (step.merge == Merge::kStatistics) {
    Statistics more;
    TROUPE_CHECK(reply.size() == sizeof(more), "statistics of %zu bytes", reply.size());
    std::memcpy(&more, reply.data(), sizeof(more));
    statistics_ += more;
  }
}

void Pipeline::write_merged(const Step& step, const ServerInfo& info, std::string& to) {
  const std::string_view text = std::string_view(texts_).substr(next_text_, step.text_bytes);
  if (!first_error_.empty()) {
    to.append(first_error_);
    return;
  }
  switch (step.merge) {
    case Merge::kReplies:
    case Merge::kConfirm:
      to.append(text);
      return;
    case Merge::kSum:
      ReplyWriter(to).integer(sum_);
      return;
    case Merge::kAllDone:
      ReplyWriter(to).ok();
      return;
    case Merge::kStatistics:
      ReplyWriter(to).bulk(info.describe(text, statistics_));
      return;
  }
}

void Pipeline::keep_rest() {
  for (Lane& lane : lanes_) {
    if (lane.replies.empty()) continue;
    std::string kept(lane.replies);
    lane.kept.swap(kept);
    lane.replies = lane.kept;
  }
}

void Pipeline::release_memory() {
  TROUPE_DCHECK(empty(), "a pipeline gives its memory back while it holds commands");
  for (Lane& lane : lanes_) lane.operations.clear(0);
  decltype(order_)().swap(order_);
  decltype(steps_)().swap(steps_);
  std::string().swap(texts_);
}

void Pipeline::clear() {
  for (Lane& lane : lanes_) {
    lane.operations.clear(kBytesKept);
    if (lane.kept.capacity() > 0) std::string().swap(lane.kept);
    lane.replies = {};
    lane.sent = 0;
  }
  order_.clear();
  if (order_.capacity() * sizeof(order_[0]) > kBytesKept) order_.shrink_to_fit();
  steps_.clear();
  if (steps_.capacity() * sizeof(steps_[0]) > kBytesKept) steps_.shrink_to_fit();
  texts_.clear();
  if (texts_.capacity() > kBytesKept) texts_.shrink_to_fit();
  packed_bytes_ = 0;
  next_operation_ = next_step_ = next_text_ = text_ended_ = 0;
}

}  // namespace kv

// SUBSCRIBE, UNSUBSCRIBE, PUBLISH: a channel lives on the shard of its name.
#include <string>
#include <utility>

#include "examples/kv/session.h"

namespace kv {

void Session::subscribe(Arguments channels) {
  for (const std::string_view channel : channels) {
    // Redis has no such limits; a client that reaches them is not an ordinary one.
    if (channel.size() > kChannelBytesMax) {
      error("ERR a channel's name has at most " + std::to_string(kChannelBytesMax) + " bytes");
      continue;
    }
    if (channels_.size() >= kChannelsPerClientMax && !channels_.contains(channel)) {
      error("ERR a client subscribes to at most " + std::to_string(kChannelsPerClientMax) +
            " channels");
      continue;
    }
    channels_.emplace(channel);
    names_subscriber_ = true;
    Operation listen;
    listen.code = OperationCode::kSubscribe;
    listen.key.text = channel;
    pipeline_.add(listen);
    ReplyWriter& reply = pipeline_.text();
    reply.array(3);
    reply.bulk("subscribe");
    reply.bulk(channel);
    reply.integer(static_cast<std::int64_t>(channels_.size()));
    pipeline_.end_confirmed_text();
  }
}

void Session::unsubscribe(Arguments channels) {
  if (!channels.empty()) {
    for (const std::string_view channel : channels) unsubscribe_from(std::string(channel));
    return;
  }
  if (channels_.empty()) {
    ReplyWriter& reply = pipeline_.text();
    reply.array(3);
    reply.bulk("unsubscribe");
    reply.null();
    reply.integer(0);
    return pipeline_.end_text();
  }
  while (!channels_.empty()) unsubscribe_from(*channels_.begin());
}

// By value: it may be the one that leaves the set.
void Session::unsubscribe_from(std::string channel) {
  const bool listened = channels_.erase(channel) != 0;
  if (listened) {
    names_subscriber_ = true;
    Operation leave;
    leave.code = OperationCode::kUnsubscribe;
    leave.key.text = channel;
    pipeline_.add(leave);
  }
  ReplyWriter& reply = pipeline_.text();
  reply.array(3);
  reply.bulk("unsubscribe");
  reply.bulk(channel);
  reply.integer(static_cast<std::int64_t>(channels_.size()));
  if (listened) {
    pipeline_.end_confirmed_text();
  } else {
    pipeline_.end_text();
  }
}

void Session::publish(std::string_view channel, std::string_view message) {
  Operation publish;
  publish.code = OperationCode::kPublish;
  publish.key.text = channel;
  publish.value = message;
  pipeline_.add(publish);
  pipeline_.end_group(Merge::kReplies, 1);
}

}  // namespace kv

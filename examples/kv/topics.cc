#include "examples/kv/topics.h"

#include <algorithm>
#include <span>

#include "base/check.h"
#include "examples/kv/decimal.h"
#include "examples/kv/resp_writer.h"

namespace kv {

std::string_view channel_of(std::string_view pushed) {
  constexpr std::string_view kBefore = "*3\r\n$7\r\nmessage\r\n$";
  TROUPE_CHECK(pushed.starts_with(kBefore), "a message to listeners that is none");
  pushed.remove_prefix(kBefore.size());
  const std::size_t line = pushed.find("\r\n");
  std::int64_t bytes = 0;
  TROUPE_CHECK(line != std::string_view::npos && read_integer(pushed.substr(0, line), bytes),
               "a message to listeners without a channel");
  return pushed.substr(line + 2, static_cast<std::size_t>(bytes));
}

Topics::Joined Topics::subscribe(std::string_view channel, const Who& who) {
  const Order order = order_of(who.address());
  auto found = subscribers_.find(order);
  const bool first = found == subscribers_.end();
  if (first) {
    if (subscribers_.size() >= kSubscribersPerShardMax) return Joined::kTooMany;
    found = subscribers_.try_emplace(order, Subscriber{who, 0, {}}).first;
  }
  if (!found->second.channels.emplace(channel).second) return Joined::kAlready;
  auto listeners = channels_.find(channel);
  if (listeners == channels_.end()) listeners = channels_.try_emplace(std::string(channel)).first;
  listeners->second.push_back(order);
  return first ? Joined::kFirstChannel : Joined::kAnotherChannel;
}

void Topics::unsubscribe(std::string_view channel, const Who& who) {
  const Order order = order_of(who.address());
  const auto found = subscribers_.find(order);
  if (found == subscribers_.end()) return;
  const auto listened = found->second.channels.find(channel);
  if (listened == found->second.channels.end()) return;
  found->second.channels.erase(listened);
  remove_listener(channel, order);
}

void Topics::leave(const troupe::Address& who) {
  const auto found = subscribers_.find(order_of(who));
  if (found == subscribers_.end()) return;
  for (const std::string& channel : found->second.channels) remove_listener(channel, found->first);
  subscribers_.erase(found);
}

void Topics::remove_listener(std::string_view channel, Order who) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return;
  std::erase(found->second, who);
  if (found->second.empty()) channels_.erase(found);
}

std::size_t Topics::publish(std::string_view channel, std::string_view message) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return 0;
  // Written once, for all.
  std::string pushed;
  ReplyWriter writer(pushed);
  writer.array(3);
  writer.bulk("message");
  writer.bulk(channel);
  writer.bulk(message);
  const auto bytes = std::as_bytes(std::span(pushed));
  for (const Order& order : found->second) {
    Subscriber& subscriber = subscribers_.find(order)->second;
    subscriber.who.tell().hear(shard_, subscriber.told++, bytes);
  }
  return found->second.size();
}

}  // namespace kv

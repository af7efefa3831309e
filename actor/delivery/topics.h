// Topics: who on a core has subscribed to which topic, and which other cores have subscribers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actor/address.h"
#include "base/result.h"
#include "protocols/frame.h"

namespace troupe {

class Cell;
class Core;
class KeyedTarget;

/// Limits of each core: subscribers of one topic, topics, and the bytes of a topic's name.
inline constexpr std::size_t kTopicSubscribersMax = 1 << 20;
inline constexpr std::size_t kTopicsMax = 1 << 16;
inline constexpr std::size_t kTopicNameBytesMax = 255;

/// One topic, as one core knows it. Thread: owner core only.
struct TopicEntry {
  std::uint64_t type = 0;
  std::string name;
  std::vector<Address> subscribers;  // of this core; some may have ended
  std::size_t living = 0;            // those that have not
  std::vector<std::uint16_t> cores;  // others that have subscribers
  // Subscriptions that were made here for actors of other cores, by core, until those answer.
  std::map<std::uint16_t, std::size_t> unanswered;
  unsigned publishing = 0;  // deliveries under way: no index may move
};

/// One of each core; see Topic<A> in delivery/topic.h. Thread: owner core only.
class Topics {
 public:
  explicit Topics(Core& core) : core_(core) {}

  /// The subscriber may live on any core. On this one it is subscribed when this returns. Errors:
  /// kNoSuchActor, kOverloaded; on another core these are warnings in the log.
  Status subscribe(const KeyedTarget& topic, Address subscriber);
  void unsubscribe(const KeyedTarget& topic, Address subscriber);

  /// Null if no core has told this one of a subscriber.
  TopicEntry* find(std::uint64_t type, std::string_view name);
  /// Calls `send(address)` for each living subscriber of this core.
  template <class Send>
  void for_each_here(TopicEntry& topic, Send send);
  void subscriber_ended(TopicEntry& topic);

  /// A message of another core for the subscribers here. Owns the frame.
  void deliver(protocols::Frame* frame);
  /// A subscription from another core, or that one's interest. Owns the frame.
  void control(protocols::Frame* frame);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Key {
    std::uint64_t type;
    std::string_view name;  // of the entry
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };

  Status subscribe_here(const KeyedTarget& topic, Address subscriber);
  void unsubscribe_here(const KeyedTarget& topic, Address subscriber);
  void answered(const KeyedTarget& topic, std::uint16_t core, bool interested);
  void subscribe_for(const KeyedTarget& topic, Address subscriber, std::uint16_t source);
  void note_interest(const KeyedTarget& topic, std::uint16_t core, bool interested);
  Result<TopicEntry*> find_or_make(const KeyedTarget& topic);
  void send_control(protocols::FrameType type, const KeyedTarget& topic, Address subscriber,
                    unsigned to);
  void announce(protocols::FrameType type, const TopicEntry& topic);
  void settle(TopicEntry& topic);
  bool lives(Address subscriber) const;

  Core& core_;
  // Never iterated: its order is nobody's business.
  std::unordered_map<Key, std::unique_ptr<TopicEntry>, Hash> entries_;
};

}  // namespace troupe

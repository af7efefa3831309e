// Topics: who listens to which channel of a shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "examples/kv/kv.actor.h"

namespace kv {

/// The channel of what is pushed to listeners, as Topics writes it.
std::string_view channel_of(std::string_view pushed);

/// As many as an actor may watch.
inline constexpr std::size_t kSubscribersPerShardMax = 65'536;

/// Channels with their listeners, in the order in which they came. A channel without listeners is
/// forgotten, and a listener's memory is bounded by what its session allows it
/// (kChannelsPerClientMax). Thread: the shard's. Iterates in an order that no address decides.
class Topics {
 public:
  using Who = troupe::Ref<Connection>;

  explicit Topics(std::uint32_t shard) : shard_(shard) {}

  enum class Joined : std::uint8_t { kFirstChannel, kAnotherChannel, kAlready, kTooMany };

  /// The caller watches `who` after its first channel.
  Joined subscribe(std::string_view channel, const Who& who);
  void unsubscribe(std::string_view channel, const Who& who);
  /// The connection has ended.
  void leave(const troupe::Address& who);
  /// Tells everybody who listens. Returns how many.
  std::size_t publish(std::string_view channel, std::string_view message);

  /// Channels with listeners.
  std::size_t size() const { return channels_.size(); }

 private:
  using Order = std::pair<std::uint64_t, std::uint32_t>;
  struct Subscriber {
    Who who;
    std::uint64_t told = 0;  // messages: the number of the next one
    std::set<std::string, std::less<>> channels;
  };

  // Cores and slots are the same in every run of a seed.
  static Order order_of(const troupe::Address& who) {
    return {(static_cast<std::uint64_t>(who.core) << 32) | who.slot, who.incarnation};
  }
  void remove_listener(std::string_view channel, Order who);

  std::uint32_t shard_;
  std::map<std::string, std::vector<Order>, std::less<>> channels_;
  // Kept without channels too, until its connection ends: so numbers go on.
  std::map<Order, Subscriber> subscribers_;
};

}  // namespace kv

// Topic<A>: a name under which one publishes a protocol's messages to whoever has subscribed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "actor/cell_inline.h"
#include "actor/core.h"
#include "actor/delivery/topics.h"
#include "actor/ref.h"
#include "actor/target.h"
#include "base/check.h"
#include "base/result.h"

namespace troupe {

template <class Send>
void Topics::for_each_here(TopicEntry& topic, Send send) {
  ++topic.publishing;
  // By index: a message that is dropped may lead to code that subscribes.
  const std::size_t count = topic.subscribers.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Address subscriber = topic.subscribers[i];
    if (lives(subscriber)) send(subscriber);
  }
  --topic.publishing;
  settle(topic);
}

/// What Topic::publish() gives generated code: a tell to each subscriber of this core, and one
/// frame to each other core that has any.
class PublishDelivery {
 public:
  using Outcome = void;
  explicit PublishDelivery(const KeyedTarget& topic) : topic_(topic) {}

 protected:
  template <class Write>
  void send(const MessageSpec& spec, std::size_t payload_words, Write&& write) const {
    TROUPE_CHECK((spec.flags & protocols::frame_flag::kHandles) == 0,
                 "a message with a reply-to field cannot be published: it answers once");
    Core& core = Core::current();
    TopicEntry* topic = core.topics.find(topic_.type(), topic_.key());
    if (topic == nullptr) return;  // nobody on any core
    for (const std::uint16_t to : topic->cores) send_across(core, to, spec, payload_words, write);
    core.topics.for_each_here(*topic, [&](const Address& subscriber) {
      ++core.ledger.sent;
      protocols::Frame* frame =
          new_frame_for(core, subscriber, spec, protocols::FrameType::kTell, payload_words);
      if (frame == nullptr) [[unlikely]]
        return core.drop_unsent(DropReason::kTooLarge, spec.protocol, spec.kind, subscriber);
      write(frame->words());
      core.deliver_here(frame, subscriber, spec.protocol);
    });
  }

 private:
  template <class Write>
  void send_across(Core& core, unsigned to, const MessageSpec& spec, std::size_t payload_words,
                   const Write& write) const {
    const std::size_t parts = part_words(topic_, protocols::FrameType::kTell);
    const std::size_t bytes =
        sizeof(protocols::FrameHeader) + (parts + payload_words) * sizeof(protocols::Word);
    ++core.ledger.sent;
    if (bytes > core.frame_bytes_max()) [[unlikely]] {
      const Address target{core.node().number(), static_cast<std::uint16_t>(to), Address::kNobody,
                           0};
      return core.drop_unsent(DropReason::kTooLarge, spec.protocol, spec.kind, target);
    }
    auto place = core.exchange.begin(to, bytes);
    if (place.header == nullptr) [[unlikely]]
      place = core.exchange.place_in_block(bytes);
    if (place.header == nullptr) [[unlikely]] {
      const Address target{core.node().number(), static_cast<std::uint16_t>(to), Address::kNobody,
                           0};
      return core.drop_unsent(DropReason::kOutOfMemory, spec.protocol, spec.kind, target);
    }
    write_head(place.header, core, topic_, spec, protocols::FrameType::kTell, bytes);
    place.header->flags |= protocols::frame_flag::kTopic;
    write(place.words() + parts);
    core.exchange.commit(to, place, bytes);
  }

  const KeyedTarget& topic_;
};

/// A topic of the system: its name, and the protocol A that its subscribers speak. There is nothing
/// to create; two values with the same name are the same topic. Copyable, usable on every core.
///
/// At most once to each subscriber, in order from each publishing core (as if each were told).
/// Subscribers that end are removed, those that restart stay. Several cores may publish at once; no
/// order holds between them. Publishing where nobody has subscribed does nothing. The ledger counts
/// a message for each subscriber, and one for each frame to another core.
template <class A>
class Topic {
  static_assert(!A::kKeyed, "spawned actors subscribe; publish to keyed ones by their keys");

 public:
  /// `name`: 1 to kTopicNameBytesMax bytes.
  explicit Topic(std::string_view name) : target_(A::kId, name) {
    TROUPE_CHECK(!name.empty() && name.size() <= kTopicNameBytesMax,
                 "a topic's name has %zu bytes, of 1 to %zu", name.size(), kTopicNameBytesMax);
  }

  std::string_view name() const { return target_.key(); }

  /// Once, however often it is called. What this core publishes from now on reaches it, and what
  /// others publish after they were told anything by its core or this one. Errors: kNoSuchActor,
  /// kOverloaded (kTopicSubscribersMax, kTopicsMax); for a subscriber on another core these are a
  /// warning in the log.
  Status subscribe(const Ref<A>& subscriber) const {
    return Core::current().topics.subscribe(target_, subscriber.address());
  }
  void unsubscribe(const Ref<A>& subscriber) const {
    Core::current().topics.unsubscribe(target_, subscriber.address());
  }

  /// `topic.publish().price("EUR", 108);` a tell to each subscriber on all cores. One with a
  /// reply-to field aborts.
  auto publish() const { return typename A::template Tells<PublishDelivery>(target_); }

 private:
  template <class B>
  friend Topic<B> event_topic();
  Topic() : target_(A::kId, std::string_view()) {}

  KeyedTarget target_;
};

/// Events of a program's own: the tells of a contract A, published to all actors that implement it
/// and have subscribed, whatever topic names there are beside.
template <class A>
Topic<A> event_topic() {
  return Topic<A>();
}

}  // namespace troupe

#include "actor/delivery/topics.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "actor/cell_inline.h"
#include "actor/control_frames.h"
#include "actor/core.h"
#include "actor/delivery/topic.h"
#include "actor/target.h"
#include "base/log.h"
#include "protocols/key_hash.h"

namespace troupe {

using protocols::Frame;
using protocols::FrameType;

namespace {
// Those that have ended are swept when they are so many, and more than the living ones.
constexpr std::size_t kSweptAtOnce = 16;
}  // namespace

std::size_t Topics::Hash::operator()(const Key& key) const {
  return protocols::key_hash(key.type, key.name.data(), key.name.size());
}

TopicEntry* Topics::find(std::uint64_t type, std::string_view name) {
  const auto found = entries_.find(Key{type, name});
  return found != entries_.end() ? found->second.get() : nullptr;
}

Result<TopicEntry*> Topics::find_or_make(const KeyedTarget& topic) {
  if (TopicEntry* found = find(topic.type(), topic.key()); found != nullptr) return found;
  if (entries_.size() >= kTopicsMax) return Error(Code::kOverloaded, kTopicsMax, "topics");
  auto made = std::make_unique<TopicEntry>();
  made->type = topic.type();
  made->name = topic.key();
  TopicEntry* entry = made.get();
  entries_.emplace(Key{entry->type, entry->name}, std::move(made));
  return entry;
}

bool Topics::lives(Address subscriber) const {
  const Cell* cell = core_.cells.find(subscriber.slot, subscriber.incarnation);
  return cell != nullptr && cell->takes_messages();
}

// ---- subscribers ----

Status Topics::subscribe(const KeyedTarget& topic, Address subscriber) {
  if (subscriber.core == core_.index()) return subscribe_here(topic, subscriber);
  if (subscriber.core >= core_.node().cores()) return Error(Code::kNoSuchActor);
  send_control(FrameType::kWatch, topic, subscriber, subscriber.core);
  // That core will answer; but what is published here from now on comes after this frame. What it
  // said before the answer is older than this, and must not undo it.
  note_interest(topic, subscriber.core, true);
  if (TopicEntry* entry = find(topic.type(), topic.key()); entry != nullptr) {
    ++entry->unanswered[subscriber.core];
  }
  return ok();
}

void Topics::unsubscribe(const KeyedTarget& topic, Address subscriber) {
  if (subscriber.core == core_.index()) return unsubscribe_here(topic, subscriber);
  if (subscriber.core >= core_.node().cores()) return;
  send_control(FrameType::kUnwatch, topic, subscriber, subscriber.core);
}

Status Topics::subscribe_here(const KeyedTarget& topic, Address subscriber) {
  Cell* cell = core_.cells.find(subscriber.slot, subscriber.incarnation);
  if (cell == nullptr || !cell->takes_messages() || cell->type().id != topic.type()) {
    return Error(Code::kNoSuchActor);
  }
  TROUPE_TRY(TopicEntry * entry, find_or_make(topic));
  std::vector<TopicEntry*>& own = cell->topics();
  if (std::ranges::find(own, entry) != own.end()) return ok();
  if (entry->subscribers.size() >= kTopicSubscribersMax) {
    return Error(Code::kOverloaded, kTopicSubscribersMax, "subscribers of a topic");
  }
  own.push_back(entry);
  entry->subscribers.push_back(subscriber);
  if (++entry->living == 1) announce(FrameType::kWatch, *entry);
  return ok();
}

void Topics::unsubscribe_here(const KeyedTarget& topic, Address subscriber) {
  TopicEntry* entry = find(topic.type(), topic.key());
  Cell* cell = core_.cells.find(subscriber.slot, subscriber.incarnation);
  if (entry == nullptr || cell == nullptr || std::erase(cell->topics(), entry) == 0) return;
  // Not taken out while somebody goes through the list: nobody lives at this address.
  std::ranges::replace(entry->subscribers, subscriber, Address{});
  subscriber_ended(*entry);
}

void Topics::subscriber_ended(TopicEntry& topic) {
  if (--topic.living == 0) announce(FrameType::kUnwatch, topic);
  settle(topic);
}

void Topics::settle(TopicEntry& topic) {
  if (topic.publishing != 0) return;
  const std::size_t ended = topic.subscribers.size() - topic.living;
  if (ended != 0 && (topic.living == 0 || ended >= topic.living + kSweptAtOnce)) {
    std::erase_if(topic.subscribers, [this](Address subscriber) {
      return core_.cells.find(subscriber.slot, subscriber.incarnation) == nullptr;
    });
  }
  if (topic.living == 0 && topic.cores.empty() && topic.unanswered.empty())
    entries_.erase(Key{topic.type, topic.name});
}

// ---- messages ----

void Topics::deliver(Frame* frame) {
  if (frame->key().type == EventStream::kKeyType) return core_.events.deliver(frame);
  ++core_.ledger.handled;
  TopicEntry* topic = find(frame->key().type, {frame->key_text(), frame->key().key_bytes});
  if (topic != nullptr) {
    const MessageSpec spec{frame->header.protocol, frame->header.kind};
    const std::size_t words = frame->payload_words();
    for_each_here(*topic, [&](Address subscriber) {
      Frame* copy = new_frame_for(core_, subscriber, spec, FrameType::kTell, words);
      if (copy == nullptr) {
        ++core_.ledger.sent;
        core_.drop_unsent(DropReason::kOutOfMemory, spec.protocol, spec.kind, subscriber);
        return;
      }
      std::memcpy(copy->payload(), frame->payload(), words * sizeof(protocols::Word));
      ++core_.ledger.sent;
      core_.deliver_here(copy, subscriber, spec.protocol);
    });
  }
  core_.release(frame);
}

// ---- other cores ----

void Topics::send_control(FrameType type, const KeyedTarget& topic, Address subscriber,
                          unsigned to) {
  core_.send_control(static_cast<std::uint16_t>(to), topic_frame(core_, type, topic, subscriber));
}

void Topics::announce(FrameType type, const TopicEntry& topic) {
  const KeyedTarget target(topic.type, topic.name);
  for (unsigned core = 0; core < core_.node().cores(); ++core) {
    if (core != core_.index()) send_control(type, target, Address{}, core);
  }
}

void Topics::note_interest(const KeyedTarget& topic, std::uint16_t core, bool interested) {
  if (!interested) {
    TopicEntry* entry = find(topic.type(), topic.key());
    if (entry == nullptr || entry->unanswered.contains(core)) return;
    std::erase(entry->cores, core);
    return settle(*entry);
  }
  Result<TopicEntry*> entry = find_or_make(topic);
  if (!entry) {
    log_warning(core_.node().log(), "core %u: %s: '%s' is not published to core %u", core_.index(),
                entry.error().describe().c_str(), std::string(topic.key()).c_str(), core);
    return;
  }
  std::vector<std::uint16_t>& cores = (*entry)->cores;
  if (std::ranges::find(cores, core) == cores.end()) cores.push_back(core);
}

void Topics::subscribe_for(const KeyedTarget& topic, Address subscriber, std::uint16_t source) {
  const Status subscribed = subscribe_here(topic, subscriber);
  if (!subscribed) {
    log_warning(core_.node().log(), "core %u: an actor was not subscribed to '%s': %s",
                core_.index(), std::string(topic.key()).c_str(),
                subscribed.error().describe().c_str());
  }
  // Whether what the core that asked for it publishes is wanted here.
  const TopicEntry* entry = find(topic.type(), topic.key());
  const bool wanted = entry != nullptr && entry->living != 0;
  send_control(wanted ? FrameType::kWatch : FrameType::kUnwatch, topic, subscriber, source);
}

void Topics::answered(const KeyedTarget& topic, std::uint16_t core, bool interested) {
  if (TopicEntry* entry = find(topic.type(), topic.key()); entry != nullptr) {
    const auto open = entry->unanswered.find(core);
    if (open != entry->unanswered.end() && --open->second == 0) entry->unanswered.erase(open);
  }
  note_interest(topic, core, interested);
}

void Topics::control(Frame* frame) {
  if (frame->key().type == EventStream::kKeyType) {
    core_.events.note_interest(*frame);
  } else {
    const KeyedTarget topic(frame->key().type, {frame->key_text(), frame->key().key_bytes});
    const Address subscriber = watcher_in(*frame);
    const bool watch = frame->header.type == FrameType::kWatch;
    if (subscriber.slot == Address::kNobody) {
      note_interest(topic, frame->header.source_core, watch);
    } else if (subscriber.core != core_.index()) {
      answered(topic, subscriber.core, watch);
    } else if (watch) {
      subscribe_for(topic, subscriber, frame->header.source_core);
    } else {
      unsubscribe_here(topic, subscriber);
    }
  }
  core_.release(frame);
}

}  // namespace troupe

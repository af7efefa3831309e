// Record: what all actors of one run note. In simulation they share a thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "tests/trees/trees.actor.h"

namespace trees {

struct Record {
  std::vector<troupe::Ref<Member>> members;  // by number
  std::uint64_t behaviors = 0;
  std::int64_t frames = 0;  // that live
  std::uint64_t downs = 0;
  using Pair = std::pair<std::uint32_t, std::uint32_t>;
  std::map<Pair, std::uint64_t> sent;      // the last number, by sender and receiver
  std::map<Pair, std::uint64_t> received;  // the same
  std::map<Pair, std::int64_t> watches;    // asked for and not yet told, by watcher and watched
  std::vector<std::string> violations;

  void violate(std::string what) { violations.push_back(std::move(what)); }
  std::uint32_t number_of(troupe::Address address) const {
    for (std::uint32_t i = 0; i < members.size(); ++i) {
      if (members[i].address() == address) return i;
    }
    return 0xffffffff;
  }
};

/// Counts a coroutine frame for as long as it lives.
class CountedFrame {
 public:
  explicit CountedFrame(Record* record) : record_(record) { ++record_->frames; }
  ~CountedFrame() { --record_->frames; }
  CountedFrame(const CountedFrame&) = delete;
  CountedFrame& operator=(const CountedFrame&) = delete;

 private:
  Record* record_;
};

troupe::Behavior member(Member::Self self, Record* record, std::uint32_t number);
troupe::Behavior observer(Observer::Self self, Record* record);

/// How an actor is spawned in a style; every combination has a number.
troupe::SpawnOptions options_of(std::uint32_t style);

}  // namespace trees

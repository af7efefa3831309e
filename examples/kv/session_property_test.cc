// Any pipeline of commands on several keys does to the shards what it does to a map.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "examples/kv/local_shards.h"
#include "examples/kv/session.h"

namespace kv {
namespace {

using Words = std::vector<std::string>;

std::string as_array(const Words& words) {
  std::string request = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    request += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return request;
}

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

/// What Redis would do.
class Model {
 public:
  std::string reply_to(const Words& words) {
    if (words[0] == "MSET") {
      for (std::size_t i = 1; i < words.size(); i += 2) values_[words[i]] = words[i + 1];
      return "+OK\r\n";
    }
    if (words[0] == "DEL") {
      std::size_t count = 0;
      for (std::size_t i = 1; i < words.size(); ++i) count += values_.erase(words[i]);
      return ":" + std::to_string(count) + "\r\n";
    }
    std::string reply = "*" + std::to_string(words.size() - 1) + "\r\n";
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto found = values_.find(words[i]);
      reply += found == values_.end() ? "$-1\r\n" : bulk(found->second);
    }
    return reply;
  }
  std::size_t size() const { return values_.size(); }

 private:
  std::map<std::string, std::string> values_;
};

rc::Gen<std::string> any_key() {
  // Few, so that they meet.
  return rc::gen::map(rc::gen::inRange(0, 40), [](int number) {
    return number == 0
               ? std::string()
               : std::string(static_cast<std::size_t>(number % 21), 'k') + std::to_string(number);
  });
}

rc::Gen<std::string> any_value() {
  // Short ones, and some of which two and more do not fit into one operation.
  return rc::gen::map(rc::gen::weightedOneOf<int>(
                          {{20, rc::gen::inRange(0, 70)}, {1, rc::gen::inRange(20'000, 90'000)}}),
                      [](int size) {
                        return std::string(static_cast<std::size_t>(size),
                                           static_cast<char>('a' + size % 26));
                      });
}

Words any_command() {
  const auto name = *rc::gen::elementOf(Words{"MSET", "MSET", "MGET", "DEL"});
  Words words{name};
  for (int count = *rc::gen::inRange(1, 12); count > 0; --count) {
    words.push_back(*any_key());
    if (name == "MSET") words.push_back(*any_value());
  }
  return words;
}

TEST(SessionProperty, SeveralKeysAtOnceAreAMap) {
  EXPECT_TRUE(rc::check([] {
    const auto shards = static_cast<unsigned>(*rc::gen::inRange(1, 4));
    ServerInfo info;
    LocalShards local(shards);
    Session session(&info, KeyHasher(1, 2), shards, 1);
    Model model;
    std::string received;
    std::string expected;
    for (int count = *rc::gen::inRange(1, 30); count > 0; --count) {
      const Words words = any_command();
      received += as_array(words);
      expected += model.reply_to(words);
    }
    std::string replies;
    local.answer(session, received, replies);
    RC_ASSERT(replies == expected);
    std::size_t keys = 0;
    for (unsigned shard = 0; shard < shards; ++shard) keys += local.store(shard).size();
    RC_ASSERT(keys == model.size());
  }));
}

}  // namespace
}  // namespace kv

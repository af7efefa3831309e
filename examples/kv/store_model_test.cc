// Any sequence of commands does to the store what it does to a map with expiry.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "examples/kv/decimal.h"
#include "examples/kv/key_hash.h"
#include "examples/kv/store.h"

namespace kv {
namespace {

/// What the store should be, as simply as it can be said.
class Model {
 public:
  struct Value {
    std::string text;
    Milliseconds expires_at = kNever;
  };

  void set_now(Milliseconds now) {
    now_ = now;
    std::erase_if(values_, [&](const auto& pair) { return pair.second.expires_at < now; });
  }
  Value* find(const std::string& key) {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }
  Stored set(const std::string& key, const std::string& text, const SetOptions& options) {
    Value* value = find(key);
    if (options.condition == Condition::kIfAbsent && value) return Stored::kConditionFailed;
    if (options.condition == Condition::kIfPresent && !value) return Stored::kConditionFailed;
    Milliseconds expires_at = kNever;
    if (options.expiry == Expiry::kKeep && value) expires_at = value->expires_at;
    if (options.expiry == Expiry::kAfter) expires_at = now_ + options.after;
    values_[key] = Value{text, expires_at};
    return Stored::kDone;
  }
  bool remove(const std::string& key) { return values_.erase(key) != 0; }
  bool expire(const std::string& key, Milliseconds after) {
    Value* value = find(key);
    if (!value) return false;
    value->expires_at = now_ + after;
    if (after <= 0) values_.erase(key);
    return true;
  }
  Milliseconds time_left(const std::string& key) {
    const Value* value = find(key);
    if (!value) return -2;
    return value->expires_at == kNever ? -1 : value->expires_at - now_;
  }
  void clear() { values_.clear(); }
  const std::unordered_map<std::string, Value>& values() const { return values_; }

 private:
  std::unordered_map<std::string, Value> values_;
  Milliseconds now_ = 0;
};

class ModelRun {
 public:
  ModelRun(std::uint64_t seed, std::uint64_t keys) : random_(seed), keys_(keys) {}

  void step() {
    const std::string name = "key" + std::to_string(random_.below(keys_));
    const Key key{name, hasher_(name)};
    switch (random_.below(12)) {
      case 0:
        now_ += static_cast<Milliseconds>(random_.below(20));
        store_.set_now(troupe::Time(std::chrono::milliseconds(now_)));
        model_.set_now(now_);
        break;
      case 1:
      case 2:
      case 3:
      case 4:
        set(name, key);
        break;
      case 5:
      case 6:
        RC_ASSERT(store_.remove(key) == model_.remove(name));
        break;
      case 7: {
        const auto after = static_cast<Milliseconds>(random_.below(50)) - 3;
        RC_ASSERT(store_.expire(key, after, Condition::kAlways) == model_.expire(name, after));
        break;
      }
      case 8:
        RC_ASSERT(store_.time_left(key) == model_.time_left(name));
        break;
      case 9:
        add(name, key);
        break;
      case 10:
        store_.sweep(random_.below(64));
        break;
      default: {
        const Model::Value* value = model_.find(name);
        const auto got = store_.get(key);
        RC_ASSERT(got.has_value() == (value != nullptr));
        if (value) RC_ASSERT(*got == value->text);
      }
    }
    if (random_.one_in(5000)) {
      store_.clear();
      model_.clear();
    }
  }

  /// Everything is there, and nothing else.
  void compare() {
    while (store_.size() != model_.values().size()) {
      const std::size_t removed = store_.sweep(1 << 20);
      RC_ASSERT(removed > 0u);
    }
    std::size_t expiring = 0;
    for (const auto& [name, value] : model_.values()) {
      RC_ASSERT(store_.get(Key{name, hasher_(name)}) == value.text);
      if (value.expires_at != kNever) ++expiring;
    }
    RC_ASSERT(store_.expiring() == expiring);
  }

  /// Memory counts what is there: nothing of what is gone.
  void empty() {
    for (const auto& [name, value] : model_.values()) store_.remove(Key{name, hasher_(name)});
    RC_ASSERT(store_.size() == 0u);
    store_.clear();
    RC_ASSERT(store_.bytes() == Store().bytes());
  }

 private:
  void set(const std::string& name, const Key& key) {
    SetOptions options;
    options.condition = static_cast<Condition>(random_.below(3));
    options.expiry = static_cast<Expiry>(random_.below(3));
    options.after = 1 + static_cast<Milliseconds>(random_.below(100));
    const std::string text(random_.below(random_.one_in(10) ? 500 : 20), 'v');
    RC_ASSERT(store_.set(key, text, options) == model_.set(name, text, options));
  }
  void add(const std::string& name, const Key& key) {
    std::int64_t sum = 0;
    const Model::Value* value = model_.find(name);
    std::int64_t before = 0;
    const bool number = value == nullptr || read_integer(value->text, before);
    const Added added = store_.add(key, 3, sum);
    RC_ASSERT(added == (number ? Added::kDone : Added::kNotAnInteger));
    if (!number) return;
    RC_ASSERT(sum == before + 3);
    model_.set(name, std::to_string(sum), SetOptions{Condition::kAlways, Expiry::kKeep, 0});
  }

  KeyHasher hasher_{3, 4};
  troupe::Random random_;
  std::uint64_t keys_;
  Store store_;
  Model model_;
  Milliseconds now_ = 0;
};

TEST(StoreModel, AnySequenceOfCommands) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    // Few keys meet often, many make the table grow and shrink.
    ModelRun run(seed, *rc::gen::elementOf(std::vector<std::uint64_t>{3, 50, 2000}));
    for (int i = 0; i < 4000; ++i) run.step();
    run.compare();
    run.empty();
  }));
}

}  // namespace
}  // namespace kv

// What parsing, the store and the whole way of a pipeline cost, without actors and network.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "examples/kv/key_hash.h"
#include "examples/kv/local_shards.h"
#include "examples/kv/resp_parser.h"
#include "examples/kv/session.h"
#include "examples/kv/store.h"

namespace kv {
namespace {

constexpr int kPipeline = 64;
constexpr std::uint64_t kKeys = 100'000;
constexpr KeyHasher kHasher(1, 2);

// As redis-benchmark names them.
std::string key_of(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return "key:" + std::string(12 - digits.size(), '0') + digits;
}

/// What is measured of a command: the benchmarks' argument.
enum : std::int64_t { kGets, kSets, kSetsOfTen };

std::string pipeline_of(std::int64_t commands) {
  troupe::Random random(1);
  const auto key = [&] { return "$16\r\n" + key_of(random.below(kKeys)) + "\r\n"; };
  std::string bytes;
  for (int i = 0; i < kPipeline; ++i) {
    if (commands == kGets) {
      bytes += "*2\r\n$3\r\nGET\r\n" + key();
    } else if (commands == kSets) {
      bytes += "*3\r\n$3\r\nSET\r\n" + key() + "$3\r\nxxx\r\n";
    } else {
      bytes += "*21\r\n$4\r\nMSET\r\n";
      for (int pair = 0; pair < 10; ++pair) bytes += key() + "$3\r\nxxx\r\n";
    }
  }
  return bytes;
}

void parse(benchmark::State& state) {
  const std::string bytes = pipeline_of(state.range(0));
  RequestParser parser;
  for (auto _ : state) {
    std::string_view rest = bytes;
    while (parser.parse(rest) == ParseOutcome::kCommand) {
      benchmark::DoNotOptimize(parser.arguments().data());
      rest.remove_prefix(parser.consumed());
    }
  }
  state.SetItemsProcessed(state.iterations() * kPipeline);
}
BENCHMARK(parse)->ArgName("commands")->Arg(kGets)->Arg(kSets)->Arg(kSetsOfTen);

struct Filled {
  Store store;
  std::vector<std::string> names;
  std::vector<Key> keys;

  Filled() {
    names.reserve(kKeys);
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      names.push_back(key_of(i));
      keys.push_back(Key{names.back(), kHasher(names.back())});
      store.set(keys.back(), "xxx", {});
    }
  }
};

void hash(benchmark::State& state) {
  const std::string key = key_of(1);
  for (auto _ : state) benchmark::DoNotOptimize(kHasher(key));
}
BENCHMARK(hash);

void store_get(benchmark::State& state) {
  Filled filled;
  troupe::Random random(2);
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.store.get(filled.keys[random.below(kKeys)]));
  }
}
BENCHMARK(store_get);

void store_set(benchmark::State& state) {
  Filled filled;
  troupe::Random random(3);
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.store.set(filled.keys[random.below(kKeys)], "yyy", {}));
  }
}
BENCHMARK(store_set);

/// From received bytes to the bytes of the replies: parse, plan, pack, apply, put in order.
void serve(benchmark::State& state) {
  ServerInfo info;
  LocalShards shards(1);
  Session session(&info, kHasher, 1, 1);
  std::string replies;
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    std::string received = "SET " + key_of(i) + " xxx\r\n";
    shards.answer(session, received, replies);
    replies.clear();
  }
  const std::string bytes = pipeline_of(state.range(0));
  for (auto _ : state) {
    session.read(bytes);
    shards.serve_round(session, replies);
    benchmark::DoNotOptimize(replies.data());
    replies.clear();
  }
  state.SetItemsProcessed(state.iterations() * kPipeline);
}
BENCHMARK(serve)->ArgName("commands")->Arg(kGets)->Arg(kSets)->Arg(kSetsOfTen);

}  // namespace
}  // namespace kv

BENCHMARK_MAIN();

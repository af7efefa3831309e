// Shards as actors, on one and two cores: what clients sent at once comes back in order, what is
// published arrives in order, and expired keys go.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "actor/testing/runs.h"
#include "examples/kv/serve.h"
#include "examples/kv/shard.h"

namespace kv {
namespace {

using namespace std::chrono_literals;
using troupe::Behavior;
using troupe::ok;
using troupe::Ref;
using troupe::Root;
using troupe::Status;
using troupe::Task;
using troupe::testing::RunOn;

constexpr KeyHasher kHasher(5, 6);

class KvShards : public testing::TestWithParam<RunOn> {};
INSTANTIATE_TEST_SUITE_P(Everywhere, KvShards, testing::ValuesIn(troupe::testing::kEverywhere),
                         troupe::testing::name_of);

template <class F, class... Args>
void run(F main, Args... args) {
  troupe::System system(troupe::testing::options_for(KvShards::GetParam()));
  troupe::testing::run_in(system, std::move(main), std::move(args)...);
}

/// Reads and answers everything that is in `received`.
Task<std::string> converse(Session* session, const std::vector<Ref<Shard>>* shards,
                           Ref<Connection> who, std::string received) {
  std::string replies;
  for (;;) {
    const ReadOutcome outcome = session->read(received);
    received.erase(0, session->consumed());
    for (;;) {
      auto done = co_await serve_round(session, shards, who, &replies);
      if (done) break;
    }
    if (outcome != ReadOutcome::kFull) co_return replies;
  }
}

Task<Status> answer_pipelines(Root root) {
  auto shards = co_await spawn_shards(root, kShardBytesMax);
  ServerInfo info;
  Session session(&info, kHasher, root.cores(), 1);
  const Ref<Connection> nobody;
  std::string pipeline;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string key = std::to_string(i);
    pipeline += "SET " + key + " " + key + "\r\nINCR " + key + "\r\nMGET " + key + " x\r\n";
    const std::string sum = std::to_string(i + 1);
    expected += "+OK\r\n:" + sum + "\r\n*2\r\n$" + std::to_string(sum.size()) + "\r\n" + sum +
                "\r\n$-1\r\n";
  }
  auto replies = co_await converse(&session, &shards, nobody, pipeline);
  EXPECT_TRUE(replies == expected);
  auto size = co_await converse(&session, &shards, nobody, "DBSIZE\r\nPING\r\n");
  EXPECT_EQ(size, ":3000\r\n+PONG\r\n");
  auto keyspace = co_await converse(&session, &shards, nobody, "INFO keyspace\r\n");
  EXPECT_NE(keyspace.find("keys=3000,expires=0"), std::string::npos) << keyspace;
  auto flushed = co_await converse(&session, &shards, nobody, "FLUSHALL\r\nDBSIZE\r\n");
  EXPECT_EQ(flushed, "+OK\r\n:0\r\n");
  co_return ok();
}

TEST_P(KvShards, PipelinesAreAnsweredInOrder) { run(answer_pipelines); }

Task<Status> answer_large_values(Root root) {
  auto shards = co_await spawn_shards(root, kShardBytesMax);
  ServerInfo info;
  Session session(&info, kHasher, root.cores(), 1);
  const Ref<Connection> nobody;
  const std::string value(kArgumentBytesMax, 'v');
  const std::string set =
      "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
  auto stored = co_await converse(&session, &shards, nobody, set + "MGET k k k k k k\r\n");
  const std::string one = "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
  EXPECT_TRUE(stored == "+OK\r\n*6\r\n" + one + one + one + one + one + one);

  // Many tiny keys make more bytes of operations than of the request.
  std::string request = "*40001\r\n$4\r\nMSET\r\n";
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = std::to_string(10'000 + i);
    request += "$5\r\n" + key + "\r\n$0\r\n\r\n";
  }
  auto many = co_await converse(&session, &shards, nobody, request + "DBSIZE\r\n");
  EXPECT_EQ(many, "+OK\r\n:20001\r\n");
  // Each key counts, and so does what asks every shard.
  auto stats = co_await converse(&session, &shards, nobody, "INFO stats\r\n");
  const std::string operations = std::to_string(1 + 6 + 20'000 + root.cores());
  EXPECT_NE(stats.find("total_operations_processed:" + operations + "\r\n"), std::string::npos)
      << stats;
  co_return ok();
}

TEST_P(KvShards, WhatIsLargeGoesInSlices) { run(answer_large_values); }

/// Answers how much it heard, and whether nothing was missing.
struct Heard {
  std::string pushed;
  std::uint64_t next = 0;
  bool gap = false;
};

Behavior listener(Connection::Self self, Heard* heard) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Connection::Kind::kStop) co_return;
    if (msg.kind() != Connection::Kind::kHear) continue;
    heard->gap |= msg.hear().number() != heard->next++;
    const auto pushed = msg.hear().pushed();
    heard->pushed.append(reinterpret_cast<const char*>(pushed.data()), pushed.size());
  }
}

Task<Status> publish_to_listeners(Root root) {
  auto shards = co_await spawn_shards(root, kShardBytesMax);
  ServerInfo info;
  Heard heard;
  auto who = root.spawn<Connection>(listener, &heard);
  Session subscriber(&info, kHasher, root.cores(), 1);
  Session publisher(&info, kHasher, root.cores(), 2);
  const Ref<Connection> nobody;
  auto nobody_hears = co_await converse(&publisher, &shards, nobody, "PUBLISH news x\r\n");
  EXPECT_EQ(nobody_hears, ":0\r\n");
  auto joined = co_await converse(&subscriber, &shards, who, "SUBSCRIBE news news\r\n");
  EXPECT_EQ(joined,
            "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n"
            ":1\r\n");
  std::string pipeline;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string number = std::to_string(100 + i);
    pipeline += "PUBLISH news " + number + "\r\n";
    expected += "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$3\r\n" + number + "\r\n";
  }
  auto published = co_await converse(&publisher, &shards, nobody, pipeline);
  std::string ones;
  for (int i = 0; i < 100; ++i) ones += ":1\r\n";
  EXPECT_EQ(published, ones);
  auto slept = co_await troupe::sleep_for(1s);
  if (!slept) co_return slept;
  EXPECT_TRUE(heard.pushed == expected);
  EXPECT_FALSE(heard.gap);

  auto left = co_await converse(&subscriber, &shards, who, "UNSUBSCRIBE\r\nSUBSCRIBE other\r\n");
  EXPECT_TRUE(left.starts_with("*3\r\n$11\r\nunsubscribe\r\n$4\r\nnews\r\n:0\r\n")) << left;
  auto quiet = co_await converse(&publisher, &shards, nobody, "PUBLISH news x\r\n");
  EXPECT_EQ(quiet, ":0\r\n");
  // A connection that ends is forgotten.
  who.stop();
  slept = co_await troupe::sleep_for(1s);
  if (!slept) co_return slept;
  auto gone = co_await converse(&publisher, &shards, nobody, "PUBLISH other x\r\n");
  EXPECT_EQ(gone, ":0\r\n");
  co_return ok();
}

TEST_P(KvShards, ListenersHearWhatIsPublished) { run(publish_to_listeners); }

Task<Status> let_keys_expire(Root root) {
  auto shards = co_await spawn_shards(root, kShardBytesMax);
  ServerInfo info;
  Session session(&info, kHasher, root.cores(), 1);
  const Ref<Connection> nobody;
  std::string pipeline;
  for (int i = 0; i < 1000; ++i) pipeline += "SET " + std::to_string(i) + " x PX 2000\r\n";
  (void)co_await converse(&session, &shards, nobody, pipeline + "SET stays x\r\n");
  auto before = co_await converse(&session, &shards, nobody, "DBSIZE\r\n");
  EXPECT_EQ(before, ":1001\r\n");
  // Nobody looks at them: the sweeper does.
  auto left = before;
  for (int i = 0; i < 1000 && left != ":1\r\n"; ++i) {
    auto slept = co_await troupe::sleep_for(20ms);
    if (!slept) co_return slept;
    left = co_await converse(&session, &shards, nobody, "DBSIZE\r\n");
  }
  auto after = co_await converse(&session, &shards, nobody, "DBSIZE\r\nTTL stays\r\n");
  EXPECT_EQ(after, ":1\r\n:-1\r\n");
  co_return ok();
}

TEST_P(KvShards, ExpiredKeysGoByThemselves) { run(let_keys_expire); }

Task<Status> refuse_malformed(Root root) {
  auto shard_ref = root.spawn<Shard>(shard, 0, kShardBytesMax);
  const std::string bytes(40, '\xff');
  auto answer = co_await shard_ref.ask(troupe::within(1s))
                    .serve(std::as_bytes(std::span(bytes)), std::nullopt);
  EXPECT_FALSE(answer);
  if (!answer) EXPECT_TRUE(answer.error().is(Refused::kMalformed));
  co_return ok();
}

TEST_P(KvShards, WhatIsNoBatchIsRefused) { run(refuse_malformed); }

/// Clients on all cores, each with keys of its own, and a counter that they share.
Task<Status> be_a_client(std::vector<Ref<Shard>> shards, unsigned number) {
  ServerInfo info;
  Session session(&info, kHasher, static_cast<unsigned>(shards.size()), number);
  const Ref<Connection> nobody;
  for (int i = 0; i < 50; ++i) {
    const std::string key = std::to_string(number) + ":" + std::to_string(i);
    auto replies = co_await converse(&session, &shards, nobody,
                                     "SET " + key + " v\r\nINCR shared\r\nGET " + key + "\r\n");
    EXPECT_TRUE(replies.starts_with("+OK\r\n:") && replies.ends_with("$1\r\nv\r\n")) << replies;
  }
  co_return ok();
}

Task<Status> run_clients(Root root) {
  auto shards = co_await spawn_shards(root, kShardBytesMax);
  const auto on = [](Root from, unsigned core, std::vector<Ref<Shard>> all,
                     unsigned number) -> Task<Status> {
    co_return co_await from.on_core(core, be_a_client, std::move(all), unsigned{number});
  };
  std::vector<Task<Status>> clients;
  for (unsigned i = 0; i < 20; ++i) clients.push_back(on(root, i % root.cores(), shards, i));
  auto ended = co_await troupe::all_of(std::move(clients));
  for (const Status& status : ended) EXPECT_TRUE(status.ok());
  ServerInfo info;
  Session session(&info, kHasher, root.cores(), 99);
  const Ref<Connection> nobody;
  auto sum = co_await converse(&session, &shards, nobody, "GET shared\r\nDBSIZE\r\n");
  EXPECT_EQ(sum, "$4\r\n1000\r\n:1001\r\n");
  co_return ok();
}

TEST_P(KvShards, ClientsOnAllCores) { run(run_clients); }

TEST(KvSimulation, ManySeeds) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    troupe::System system(
        troupe::testing::options_for({troupe::BackendKind::kSimulation, 2, seed}));
    troupe::testing::run_in(system, run_clients);
  }
}

}  // namespace
}  // namespace kv

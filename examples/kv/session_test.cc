// Every command and every error, as Redis 7 answers them, over three shards.
#include "examples/kv/session.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "examples/kv/local_shards.h"

namespace kv {
namespace {

constexpr KeyHasher kHasher(1, 2);

class SessionTest : public testing::Test {
 protected:
  /// The reply to one inline command, or to several lines.
  std::string say(std::string_view line) {
    std::string received(line);
    received += "\r\n";
    std::string replies;
    connected_ = shards_.answer(session_, received, replies);
    return replies;
  }
  std::string say_raw(std::string received) {
    std::string replies;
    connected_ = shards_.answer(session_, received, replies);
    return replies;
  }
  void wait(std::int64_t milliseconds) {
    now_ += std::chrono::milliseconds(milliseconds);
    shards_.set_now(now_);
  }

  ServerInfo info_;
  LocalShards shards_{3};
  Session session_{&info_, kHasher, 3, 7};
  troupe::Time now_{};
  bool connected_ = true;
};

TEST_F(SessionTest, PingAndEcho) {
  EXPECT_EQ(say("PING"), "+PONG\r\n");
  EXPECT_EQ(say("pInG hello"), "$5\r\nhello\r\n");
  EXPECT_EQ(say("ping a b"), "-ERR wrong number of arguments for 'ping' command\r\n");
  EXPECT_EQ(say("ECHO \"a b\""), "$3\r\na b\r\n");
  EXPECT_EQ(say("echo"), "-ERR wrong number of arguments for 'echo' command\r\n");
}

TEST_F(SessionTest, GetAndSet) {
  EXPECT_EQ(say("GET a"), "$-1\r\n");
  EXPECT_EQ(say("SET a 1"), "+OK\r\n");
  EXPECT_EQ(say("GET a"), "$1\r\n1\r\n");
  EXPECT_EQ(say("SET a 2 NX"), "$-1\r\n");
  EXPECT_EQ(say("SET b 2 nx"), "+OK\r\n");
  EXPECT_EQ(say("SET c 2 XX"), "$-1\r\n");
  EXPECT_EQ(say("SET a 3 XX"), "+OK\r\n");
  EXPECT_EQ(say("SET a 4 GET"), "$1\r\n3\r\n");
  EXPECT_EQ(say("SET c 4 GET"), "$-1\r\n");
  EXPECT_EQ(say("SET c 5 NX GET"), "$1\r\n4\r\n");
  EXPECT_EQ(say("GET c"), "$1\r\n4\r\n");
  EXPECT_EQ(say("SETNX c 6"), ":0\r\n");
  EXPECT_EQ(say("SETNX d 6"), ":1\r\n");
  EXPECT_EQ(say("STRLEN d"), ":1\r\n");
  EXPECT_EQ(say("STRLEN nothing"), ":0\r\n");
  EXPECT_EQ(say("TYPE d"), "+string\r\n");
  EXPECT_EQ(say("TYPE nothing"), "+none\r\n");
  EXPECT_EQ(say("get"), "-ERR wrong number of arguments for 'get' command\r\n");
  EXPECT_EQ(say("GET a b"), "-ERR wrong number of arguments for 'get' command\r\n");
  EXPECT_EQ(say("set a"), "-ERR wrong number of arguments for 'set' command\r\n");
}

TEST_F(SessionTest, SetSyntax) {
  for (const std::string_view options : {"NX XX", "XX NX", "EX", "PX", "EX 1 PX 1", "PX 1 EX 1",
                                         "KEEPTTL EX 1", "EX 1 KEEPTTL", "FOO", "NX 1", "EXAT"}) {
    EXPECT_EQ(say("SET a 1 " + std::string(options)), "-ERR syntax error\r\n") << options;
  }
  EXPECT_EQ(say("SET a 1 EX a"), "-ERR value is not an integer or out of range\r\n");
  EXPECT_EQ(say("SET a 1 PX 1.5"), "-ERR value is not an integer or out of range\r\n");
  for (const std::string_view time : {"EX 0", "EX -1", "PX 0", "EX 9223372036854775807"}) {
    EXPECT_EQ(say("SET a 1 " + std::string(time)), "-ERR invalid expire time in 'set' command\r\n");
  }
  EXPECT_EQ(say("SET a 1 EX 10 EX 20 NX NX"), "+OK\r\n") << "the last one counts";
  EXPECT_EQ(say("TTL a"), ":20\r\n");
}

TEST_F(SessionTest, Expiry) {
  EXPECT_EQ(say("TTL a"), ":-2\r\n");
  EXPECT_EQ(say("SET a 1"), "+OK\r\n");
  EXPECT_EQ(say("TTL a"), ":-1\r\n");
  EXPECT_EQ(say("PTTL a"), ":-1\r\n");
  EXPECT_EQ(say("EXPIRE a 10"), ":1\r\n");
  EXPECT_EQ(say("EXPIRE nothing 10"), ":0\r\n");
  wait(1400);
  EXPECT_EQ(say("TTL a"), ":9\r\n") << "8.6 s, to the nearest";
  wait(200);
  EXPECT_EQ(say("TTL a"), ":8\r\n");
  EXPECT_EQ(say("PTTL a"), ":8400\r\n");
  EXPECT_EQ(say("EXPIRE a 5 GT"), ":0\r\n");
  EXPECT_EQ(say("EXPIRE a 5 LT"), ":1\r\n");
  EXPECT_EQ(say("EXPIRE a 9 NX"), ":0\r\n");
  EXPECT_EQ(say("EXPIRE a 9 xx gt"), ":1\r\n");
  EXPECT_EQ(say("PERSIST a"), ":1\r\n");
  EXPECT_EQ(say("PERSIST a"), ":0\r\n");
  EXPECT_EQ(say("EXPIRE a 9 XX LT"), ":0\r\n");
  EXPECT_EQ(say("PEXPIRE a 9 LT"), ":1\r\n");
  wait(10);
  EXPECT_EQ(say("GET a"), "$-1\r\n");
  EXPECT_EQ(say("SETEX a 2 v"), "+OK\r\n");
  EXPECT_EQ(say("PTTL a"), ":2000\r\n");
  EXPECT_EQ(say("PSETEX a 2 v"), "+OK\r\n");
  EXPECT_EQ(say("PTTL a"), ":2\r\n");
  EXPECT_EQ(say("SET a w KEEPTTL"), "+OK\r\n");
  EXPECT_EQ(say("PTTL a"), ":2\r\n");
  EXPECT_EQ(say("EXPIRE a -1"), ":1\r\n");
  EXPECT_EQ(say("EXISTS a"), ":0\r\n");
}

TEST_F(SessionTest, ErrorsOfExpiry) {
  EXPECT_EQ(say("EXPIRE a x"), "-ERR value is not an integer or out of range\r\n");
  EXPECT_EQ(say("EXPIRE a 1 FOO"), "-ERR Unsupported option FOO\r\n");
  EXPECT_EQ(say("EXPIRE a 1 NX GT"),
            "-ERR NX and XX, GT or LT options at the same time are not compatible\r\n");
  EXPECT_EQ(say("EXPIRE a 1 GT LT"),
            "-ERR GT and LT options at the same time are not compatible\r\n");
  EXPECT_EQ(say("EXPIRE a 9223372036854775807"),
            "-ERR invalid expire time in 'expire' command\r\n");
  EXPECT_EQ(say("PEXPIRE a 9223372036854775807"),
            "-ERR invalid expire time in 'pexpire' command\r\n");
  EXPECT_EQ(say("SETEX a 0 v"), "-ERR invalid expire time in 'setex' command\r\n");
  EXPECT_EQ(say("PSETEX a -1 v"), "-ERR invalid expire time in 'psetex' command\r\n");
  EXPECT_EQ(say("EXPIRE a"), "-ERR wrong number of arguments for 'expire' command\r\n");
}

TEST_F(SessionTest, Counters) {
  EXPECT_EQ(say("INCR n"), ":1\r\n");
  EXPECT_EQ(say("INCRBY n 41"), ":42\r\n");
  EXPECT_EQ(say("DECR n"), ":41\r\n");
  EXPECT_EQ(say("DECRBY n -9"), ":50\r\n");
  EXPECT_EQ(say("INCRBY n x"), "-ERR value is not an integer or out of range\r\n");
  EXPECT_EQ(say("INCRBY n 9223372036854775807"), "-ERR increment or decrement would overflow\r\n");
  EXPECT_EQ(say("DECRBY n -9223372036854775808"), "-ERR decrement would overflow\r\n");
  say("SET s text");
  EXPECT_EQ(say("INCR s"), "-ERR value is not an integer or out of range\r\n");
}

TEST_F(SessionTest, SeveralKeysOverAllShards) {
  EXPECT_EQ(say("MSET a 1 b 2 c 3 d 4 e 5 f 6"), "+OK\r\n");
  EXPECT_EQ(say("MGET a b x c d e f a"),
            "*8\r\n$1\r\n1\r\n$1\r\n2\r\n$-1\r\n$1\r\n3\r\n$1\r\n4\r\n$1\r\n5\r\n$1\r\n6\r\n"
            "$1\r\n1\r\n");
  EXPECT_EQ(say("EXISTS a b x a"), ":3\r\n");
  EXPECT_EQ(say("DBSIZE"), ":6\r\n");
  EXPECT_EQ(say("DEL a a x b"), ":2\r\n");
  EXPECT_EQ(say("UNLINK c"), ":1\r\n");
  EXPECT_EQ(say("DBSIZE"), ":3\r\n");
  EXPECT_EQ(say("FLUSHALL foo"), "-ERR syntax error\r\n");
  EXPECT_EQ(say("FLUSHALL async"), "+OK\r\n");
  EXPECT_EQ(say("DBSIZE"), ":0\r\n");
  EXPECT_EQ(say("FLUSHDB"), "+OK\r\n");
  EXPECT_EQ(say("MSET a 1 b"), "-ERR wrong number of arguments for 'mset' command\r\n");
  EXPECT_EQ(say("MSET a"), "-ERR wrong number of arguments for 'mset' command\r\n");
  for (unsigned shard = 0; shard < 3; ++shard) EXPECT_EQ(shards_.store(shard).size(), 0u);
}

TEST_F(SessionTest, ManyKeysAreFewOperations) {
  // One for each shard; more only where they are long.
  const auto codes_of = [&](unsigned shard) {
    std::string_view slice = session_.pipeline().slice(shard);
    EXPECT_LE(slice.size(), Pipeline::kSliceBytesMax);
    std::vector<std::size_t> sizes;
    Operation operation;
    while (unpack(slice, operation)) {
      EXPECT_EQ(operation.code, OperationCode::kSetMany);
      EXPECT_LE(operation.packed_bytes(), kSetManyBytesMax);
      sizes.push_back(static_cast<std::size_t>(operation.number));
    }
    return sizes;
  };
  std::string request = "MSET";
  for (int i = 0; i < 300; ++i) request += " k" + std::to_string(i) + " v";
  session_.read(request + "\r\n");
  std::size_t keys = 0;
  for (unsigned shard = 0; shard < 3; ++shard) {
    ASSERT_EQ(codes_of(shard).size(), 1u);
    keys += codes_of(shard)[0];
  }
  EXPECT_EQ(keys, 300u);
  std::string replies;
  EXPECT_TRUE(shards_.serve_round(session_, replies));
  EXPECT_EQ(replies, "+OK\r\n");

  const std::string half(kSetManyBytesMax / 2, 'x');
  session_.read("*7\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\na\r\n$32768\r\n" + half +
                "\r\n$1\r\na\r\n$32768\r\n" + half + "\r\n");
  EXPECT_EQ(codes_of(shard_of(kHasher("a"), 3)), (std::vector<std::size_t>{2, 1}));
  replies.clear();
  EXPECT_TRUE(shards_.serve_round(session_, replies));
  EXPECT_EQ(replies, "+OK\r\n");
  EXPECT_EQ(say("STRLEN a"), ":32768\r\n");
}

TEST_F(SessionTest, APipelineIsAnsweredInOrder) {
  std::string pipeline;
  std::string expected;
  for (int i = 0; i < 10'000; ++i) {
    const std::string number = std::to_string(i);
    pipeline += "SET k" + number + " v" + number + "\r\nPING\r\nGET k" + number + "\r\nfoo\r\n";
    expected += "+OK\r\n+PONG\r\n$" + std::to_string(number.size() + 1) + "\r\nv" + number +
                "\r\n-ERR unknown command 'foo', with args beginning with: \r\n";
  }
  EXPECT_TRUE(say_raw(pipeline) == expected);
  for (unsigned shard = 0; shard < 3; ++shard) EXPECT_GT(shards_.store(shard).size(), 3000u);
}

TEST_F(SessionTest, UnknownCommands) {
  EXPECT_EQ(say("foo"), "-ERR unknown command 'foo', with args beginning with: \r\n");
  EXPECT_EQ(say("Foo a 'b c'"),
            "-ERR unknown command 'Foo', with args beginning with: 'a' 'b c' \r\n");
  EXPECT_EQ(say("\"g\\x05t\" a"),
            std::string("-ERR unknown command 'g\x05t', with args beginning with: 'a' \r\n"));
  EXPECT_EQ(say("\"a\\r\\nb\""), "-ERR unknown command 'a  b', with args beginning with: \r\n");
  const std::string longer(300, 'x');
  EXPECT_EQ(say(longer + " " + longer + " b"), "-ERR unknown command '" + std::string(128, 'x') +
                                                   "', with args beginning with: '" +
                                                   std::string(128, 'x') + "' \r\n");
  EXPECT_EQ(say("unsubscribes"),
            "-ERR unknown command 'unsubscribes', with args beginning with: "
            "\r\n");
}

TEST_F(SessionTest, AProtocolErrorEndsTheConnectionBehindItsPipeline) {
  EXPECT_EQ(say_raw("PING\r\nSET a 1\r\n*1\r\n:1\r\nPING\r\n"),
            "+PONG\r\n+OK\r\n-ERR Protocol error: expected '$', got ':'\r\n");
  EXPECT_FALSE(connected_);
}

TEST_F(SessionTest, Quit) {
  EXPECT_EQ(say("SET a 1\r\nQUIT\r\nSET a 2"), "+OK\r\n+OK\r\n");
  EXPECT_FALSE(connected_);
}

TEST_F(SessionTest, OutOfMemory) {
  LocalShards small(3, 2000);
  std::string received = "SET a 1\r\nSET a " + std::string(5000, 'x') + "\r\nSET a " +
                         std::string(5000, 'x') + " GET\r\nMSET b 1 a " + std::string(5000, 'x') +
                         "\r\nGET a\r\n";
  std::string replies;
  EXPECT_TRUE(small.answer(session_, received, replies));
  const std::string refused = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
  EXPECT_EQ(replies, "+OK\r\n" + refused + refused + refused + "$1\r\n1\r\n");
}

TEST_F(SessionTest, RepliesComeInRoundsOfALimitedSize) {
  LocalShards few(3, kShardBytesMax, 100'000);
  std::string received =
      "SET a " + std::string(60'000, 'a') + "\r\nSET b " + std::string(60'000, 'b') + "\r\n";
  for (int i = 0; i < 100; ++i) received += "MGET a b c\r\nINCR n\r\n";
  std::string replies;
  EXPECT_EQ(session_.read(received), ReadOutcome::kNeedMore);
  int rounds = 1;
  std::string expected;
  std::string round;
  while (!few.serve_round(session_, round)) {
    EXPECT_LE(round.size(), 500'000u);
    replies += round;
    round.clear();
    ASSERT_LT(++rounds, 200);
  }
  replies += round;
  EXPECT_GT(rounds, 20);
  expected = "+OK\r\n+OK\r\n";
  for (int i = 1; i <= 100; ++i) {
    expected += "*3\r\n$60000\r\n" + std::string(60'000, 'a') + "\r\n$60000\r\n" +
                std::string(60'000, 'b') + "\r\n$-1\r\n:" + std::to_string(i) + "\r\n";
  }
  EXPECT_TRUE(replies == expected);
}

TEST_F(SessionTest, AShardThatDoesNotAnswer) {
  Pipeline& pipeline = session_.pipeline();
  session_.read("MSET a 1 b 2 c 3 d 4\r\nMGET a b c d\r\nDBSIZE\r\nPING\r\n");
  for (unsigned shard = 0; shard < 3; ++shard) pipeline.failed(shard, "ERR late");
  std::string replies;
  EXPECT_TRUE(pipeline.write_ready(info_, replies));
  EXPECT_EQ(replies,
            "-ERR late\r\n*4\r\n-ERR late\r\n-ERR late\r\n-ERR late\r\n-ERR late\r\n-ERR late\r\n"
            "+PONG\r\n");
}

TEST_F(SessionTest, Channels) {
  EXPECT_EQ(say("UNSUBSCRIBE"), "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n");
  EXPECT_EQ(say("SUBSCRIBE a b"),
            "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n");
  EXPECT_TRUE(session_.names_subscriber());
  EXPECT_EQ(say("PING"), "*2\r\n$4\r\npong\r\n$0\r\n\r\n");
  EXPECT_EQ(say("GET a"),
            "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / "
            "RESET are allowed in this context\r\n");
  EXPECT_EQ(say("UNSUBSCRIBE x"), "*3\r\n$11\r\nunsubscribe\r\n$1\r\nx\r\n:2\r\n");
  EXPECT_EQ(say("UNSUBSCRIBE"),
            "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n"
            ":0\r\n");
  EXPECT_EQ(say("GET a"), "$-1\r\n");
  EXPECT_EQ(say("SUBSCRIBE a\r\nRESET\r\nGET a\r\nPUBLISH a b").substr(30),
            "+RESET\r\n$-1\r\n:0\r\n");
  EXPECT_EQ(say("SUBSCRIBE " + std::string(257, 'x')),
            "-ERR a channel's name has at most 256 bytes\r\n");
  for (int i = 0; i < 1024; ++i) say("SUBSCRIBE " + std::to_string(i));
  EXPECT_EQ(say("SUBSCRIBE more"), "-ERR a client subscribes to at most 1024 channels\r\n");
}

TEST_F(SessionTest, TheConnection) {
  EXPECT_EQ(say("CLIENT GETNAME"), "$-1\r\n");
  EXPECT_EQ(say("CLIENT SETNAME me"), "+OK\r\n");
  EXPECT_EQ(say("client getname"), "$2\r\nme\r\n");
  EXPECT_EQ(say("CLIENT SETNAME 'a b'"),
            "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
  EXPECT_EQ(say("CLIENT SETINFO lib-name x"), "+OK\r\n");
  EXPECT_EQ(say("CLIENT SETINFO LIB-VER 'a b'"),
            "-ERR LIB-VER cannot contain spaces, newlines or special characters.\r\n");
  EXPECT_EQ(say("CLIENT SETINFO foo x"), "-ERR Unrecognized option 'foo'\r\n");
  EXPECT_EQ(say("CLIENT ID"), ":7\r\n");
  EXPECT_EQ(say("CLIENT"), "-ERR wrong number of arguments for 'client' command\r\n");
  EXPECT_EQ(say("CLIENT SETNAME"),
            "-ERR wrong number of arguments for 'client|setname' command\r\n");
  EXPECT_EQ(say("CLIENT foo"), "-ERR unknown subcommand 'foo'. Try CLIENT HELP.\r\n");
  EXPECT_EQ(say("SELECT 0"), "+OK\r\n");
  EXPECT_EQ(say("SELECT 1"), "-ERR DB index is out of range\r\n");
  EXPECT_EQ(say("SELECT a"), "-ERR value is not an integer or out of range\r\n");
  EXPECT_TRUE(say("AUTH x").starts_with("-ERR AUTH <password> called without any password"));
}

TEST_F(SessionTest, Hello) {
  const std::string_view hello =
      "*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n$5\r\nproto\r\n:2\r\n"
      "$2\r\nid\r\n:7\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"
      "$7\r\nmodules\r\n*0\r\n";
  EXPECT_EQ(say("HELLO"), hello);
  EXPECT_EQ(say("HELLO 2 SETNAME me"), hello);
  EXPECT_EQ(session_.name(), "me");
  EXPECT_EQ(say("HELLO 3"), "-NOPROTO unsupported protocol version\r\n");
  EXPECT_EQ(say("HELLO 1"), "-NOPROTO unsupported protocol version\r\n");
  EXPECT_EQ(say("HELLO a"), "-ERR Protocol version is not an integer or out of range\r\n");
  EXPECT_EQ(say("HELLO 2 foo"), "-ERR Syntax error in HELLO option 'foo'\r\n");
}

TEST_F(SessionTest, WhatToolsAskAtTheirStart) {
  EXPECT_EQ(say("CONFIG GET save\r\nCONFIG GET appendonly"),
            "*2\r\n$4\r\nsave\r\n$0\r\n\r\n*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n");
  EXPECT_EQ(say("CONFIG GET foo"), "*0\r\n");
  EXPECT_EQ(say("CONFIG SET a b"), "-ERR unknown subcommand 'SET'. Try CONFIG HELP.\r\n");
  EXPECT_EQ(say("CONFIG GET"), "-ERR wrong number of arguments for 'config|get' command\r\n");
  const std::string count = std::to_string(all_commands().size());
  EXPECT_EQ(say("COMMAND COUNT"), ":" + count + "\r\n");
  EXPECT_TRUE(say("COMMAND").starts_with("*" + count + "\r\n*10\r\n$4\r\nauth\r\n:-2\r\n"));
  EXPECT_EQ(say("COMMAND INFO get foo"),
            "*2\r\n*10\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n*0\r\n"
            "*0\r\n*0\r\n*0\r\n$-1\r\n");
  EXPECT_TRUE(say("COMMAND DOCS")
                  .starts_with("*" + std::to_string(2 * all_commands().size()) +
                               "\r\n$4\r\nauth\r\n*6\r\n$7\r\nsummary\r\n"));
  EXPECT_TRUE(say("COMMAND DOCS get foo").starts_with("*2\r\n$3\r\nget\r\n*6\r\n"));
  EXPECT_EQ(say("COMMAND foo"), "-ERR unknown subcommand 'foo'. Try COMMAND HELP.\r\n");
}

TEST_F(SessionTest, Info) {
  say("MSET a 1 b 2 c 3 d 4");
  EXPECT_EQ(say("INFO keyspace"), "$44\r\n# Keyspace\r\ndb0:keys=4,expires=0,avg_ttl=0\r\n\r\n");
  const std::string all = say("INFO");
  for (const std::string_view line :
       {"# Server\r\nredis_version:7.0.0\r\n", "tcp_port:6379\r\n", "\r\n\r\n# Clients\r\n",
        "maxmemory_policy:noeviction\r\n", "role:master\r\n", "db0:keys=4,"}) {
    EXPECT_NE(all.find(line), std::string::npos) << line;
  }
  EXPECT_EQ(say("INFO foo"), "$0\r\n\r\n");
}

TEST(Commands, AreFoundByTheirNamesAlone) {
  for (const Command& command : all_commands()) {
    EXPECT_EQ(find_command(command.name), &command);
    std::string text(command.name);
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::string other = text;
      other[i] = static_cast<char>(other[i] ^ 0x20);
      EXPECT_EQ(find_command(other), &command) << "in upper case";
      for (int bit : {0, 1, 2, 3, 4, 6, 7}) {
        other = text;
        other[i] = static_cast<char>(other[i] ^ (1 << bit));
        const Command* found = find_command(other);
        EXPECT_TRUE(found == nullptr || found->name == other) << other;
      }
    }
    text += '\0';
    EXPECT_EQ(find_command(text), nullptr);
  }
  EXPECT_EQ(find_command(""), nullptr);
  EXPECT_EQ(find_command(std::string(1000, 'x')), nullptr);
}

}  // namespace
}  // namespace kv

#include "examples/kv/resp_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace kv {
namespace {

TEST(RespWriter, EveryReply) {
  std::string to;
  ReplyWriter reply(to);
  reply.ok();
  reply.simple("PONG");
  reply.error("ERR no\r\nline");
  reply.integer(0);
  reply.integer(-1);
  reply.integer(1234);
  reply.bulk("");
  reply.bulk("abc");
  reply.null();
  reply.array(2);
  EXPECT_EQ(to,
            "+OK\r\n+PONG\r\n-ERR no  line\r\n:0\r\n:-1\r\n:1234\r\n$0\r\n\r\n$3\r\nabc\r\n$-1\r\n"
            "*2\r\n");
}

TEST(RespWriter, BulksOfAllSizesAroundTheShortForm) {
  for (const std::size_t bytes : {63, 64, 65, 1000}) {
    std::string to;
    ReplyWriter(to).bulk(std::string(bytes, 'x'));
    EXPECT_EQ(to, "$" + std::to_string(bytes) + "\r\n" + std::string(bytes, 'x') + "\r\n");
  }
}

TEST(Decimal, ReadsWhatItWrites) {
  for (const std::int64_t value : {INT64_MIN, INT64_MIN + 1, std::int64_t{-10}, std::int64_t{-1},
                                   std::int64_t{0}, std::int64_t{9}, std::int64_t{10}, INT64_MAX}) {
    char text[kIntegerBytesMax];
    const std::string_view written(text,
                                   static_cast<std::size_t>(write_integer(text, value) - text));
    EXPECT_EQ(written, std::to_string(value));
    std::int64_t read = 1;
    EXPECT_TRUE(read_integer(written, read)) << value;
    EXPECT_EQ(read, value);
  }
}

TEST(Decimal, RefusesEverythingElse) {
  std::int64_t value = 0;
  for (const std::string_view text :
       {"", "-", "+1", "01", "-0", "-01", " 1", "1 ", "1a", "9223372036854775808",
        "-9223372036854775809", "18446744073709551616", "100000000000000000000", "1.0"}) {
    EXPECT_FALSE(read_integer(text, value)) << text;
  }
}

}  // namespace
}  // namespace kv

// Tests how addresses are read and written.
#include "io/net/address.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace troupe::io {
namespace {

TEST(Address, IsWrittenAsItIsRead) {
  for (const char* text : {"127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80",
                           "[::]:0", "[2001:db8::7]:443", "[::ffff:10.0.0.1]:1"}) {
    const Result<Address> address = Address::parse(text);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_EQ(address->to_string(), text);
    EXPECT_EQ(address->is_v6(), text[0] == '[');
    EXPECT_TRUE(*address == *Address::parse(text));
  }
  EXPECT_TRUE(Address::loopback(80) == *Address::parse("127.0.0.1:80"));
  EXPECT_TRUE(Address::loopback_v6(80) == *Address::parse("[::1]:80"));
  EXPECT_TRUE(Address::any(5) == *Address::parse("0.0.0.0:5"));
  EXPECT_TRUE(Address::any_v6(5) == *Address::parse("[::]:5"));
  EXPECT_FALSE(Address::loopback(80) == Address::loopback(81));
  EXPECT_FALSE(Address::any(0) == Address::any_v6(0));
}

TEST(Address, SaysWhatIsWrong) {
  using std::string_literals::operator""s;
  for (const std::string& text : {""s,
                                  ":"s,
                                  "127.0.0.1"s,
                                  "127.0.0.1:"s,
                                  "127.0.0.1:65536"s,
                                  "127.0.0.1:-1"s,
                                  "localhost:80"s,
                                  "::1:80"s,
                                  "[::1]"s,
                                  "[::1:80"s,
                                  "[]:80"s,
                                  "[1.2.3.4]:5"s,
                                  "127.1:80"s,
                                  "127.0.0.1: 80"s,
                                  "unix:"s,
                                  "unix:@"s,
                                  "unix:/a\0b"s,
                                  "unix:@\0"s,
                                  "127.0.0.1\0:80"s,
                                  "127.0.0.1:80\0"s,
                                  "[::1\0]:80"s}) {
    const Result<Address> address = Address::parse(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_TRUE(address.error().is(Code::kInvalidArgument));
  }
}

TEST(Address, KnowsPathsAndAbstractNames) {
  for (const char* text : {"unix:/run/a.socket", "unix:a", "unix:@name", "unix:@a/b c"}) {
    const Result<Address> address = Address::parse(text);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_EQ(address->to_string(), text);
    EXPECT_TRUE(address->is_unix());
    EXPECT_EQ(address->port(), 0u);
    sockaddr_storage given{};
    std::memcpy(&given, address->data(), address->bytes());
    EXPECT_TRUE(Address::from(given, address->bytes()) == *address);
  }
  EXPECT_EQ(Address::unix_path("/x")->path(), "/x");
  EXPECT_EQ(Address::unix_abstract("x")->path(), "");
  EXPECT_FALSE(*Address::unix_path("x") == *Address::unix_abstract("x"));
  EXPECT_FALSE(*Address::unix_path("x") == *Address::unix_path("xy"));
  sockaddr_storage unnamed{};
  unnamed.ss_family = AF_UNIX;
  EXPECT_EQ(Address::from(unnamed, sizeof(sa_family_t)).to_string(), "unix:");
}

TEST(Address, RefusesALongPathWithTheLimit) {
  const std::string longest(Address::kUnixBytesMax, 'x');
  EXPECT_EQ(Address::unix_path(longest)->path(), longest);
  EXPECT_EQ(Address::unix_abstract(longest)->to_string(), "unix:@" + longest);
  for (const Result<Address>& refused :
       {Address::unix_path(longest + "x"), Address::unix_abstract(longest + "x"),
        Address::parse("unix:" + longest + "x")}) {
    ASSERT_FALSE(refused.ok());
    EXPECT_TRUE(refused.error().is(Code::kTooLarge));
    EXPECT_EQ(refused.error().detail(), 107u);
  }
}

TEST(Address, NamesThePeerOfAnError) {
  EXPECT_EQ(describe(Error(Code::kIo, ECONNREFUSED, "connect"), Address::loopback(9)),
            "io (Connection refused, ECONNREFUSED): connect (peer 127.0.0.1:9)");
}

}  // namespace
}  // namespace troupe::io
